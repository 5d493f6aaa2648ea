from pathlib import Path

import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.npz import read_npz, write_npz


def test_only_what_is_asked_for_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, one=np.arange(3), harmful=np.array([{}], dtype=object))
    assert read_npz(path, ["one"], writer="a stage")["one"].tolist() == [0, 1, 2]


def test_a_pickle_is_never_loaded(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, harmful=np.array([{}], dtype=object))
    with pytest.raises(InputError, match=r"cannot be read as an \.npz file.*allow_pickle.*run a stage again"):
        read_npz(path, ["harmful"], writer="a stage")


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.npz does not exist; run a stage"):
        read_npz(tmp_path / "a.npz", ["one"], writer="a stage")
    np.savez(tmp_path / "a.npz", two=1)
    with pytest.raises(InputError, match=r"a\.npz lacks one; delete it and run a stage again"):
        read_npz(tmp_path / "a.npz", ["one", "two"], writer="a stage")


def test_a_file_that_may_not_be_read_is_not_called_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez(tmp_path / "a.npz", one=np.zeros(1))

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)  # for a test that root runs, who may read everything
    with pytest.raises(InputError, match=r"a\.npz cannot be read \(Permission denied\); make it readable$"):
        read_npz(tmp_path / "a.npz", ["one"], writer="a stage")


@pytest.mark.parametrize("compressed", [True, False])
def test_written_arrays_are_read_back_and_equal_arrays_give_equal_bytes(tmp_path: Path, compressed: bool) -> None:
    arrays = {"a": np.arange(6.0).reshape(2, 3).T, "text": np.asarray("é"), "none": np.zeros((0, 2), dtype=np.uint8)}
    for name in ("one.npz", "two.npz"):
        write_npz(tmp_path / name, arrays, compressed=compressed)
    found = read_npz(tmp_path / "one.npz", list(arrays), writer="nothing")
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    content = (tmp_path / "one.npz").read_bytes()
    assert content == (tmp_path / "two.npz").read_bytes()
    # The first entry's header: the version that reads it is 2.0 and not that of files above 4 GiB, no extra field.
    assert content[4:6] == bytes([20, 0])
    assert content[28:30] == bytes([0, 0])
