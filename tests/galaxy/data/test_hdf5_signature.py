from pathlib import Path

import h5py
import pytest

from galaxy.data.hdf5_signature import SIGNATURE, check_signature
from galaxy.errors import InputError


@pytest.mark.parametrize("user_block", [0, 512, 1024, 4096])
def test_hdf5_is_recognised_also_after_a_user_block(tmp_path: Path, user_block: int) -> None:
    with h5py.File(tmp_path / "a.h5", "w", userblock_size=user_block) as file:
        file["x"] = 1
    check_signature(tmp_path / "a.h5")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is an empty file; give an HDF5 file"),
        (b"text", "is not an HDF5 file .*galaxy import"),
        (b"0" * 5000, "is not an HDF5 file .*galaxy import"),
        (b"0" * 513 + SIGNATURE, "is not an HDF5 file"),  # not at a power of two
        (b"<!DOCTYPE html>" + b" " * 600, "is a web page"),
    ],
)
def test_other_files_are_named_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        check_signature(tmp_path / "a.h5")
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read \(No such file or directory\)"):
        check_signature(tmp_path / "none.h5")
