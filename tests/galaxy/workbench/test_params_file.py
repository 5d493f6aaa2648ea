from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.workbench.params_file import read_params


def test_missing_and_binary_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_params(tmp_path / "params.yaml")
    (tmp_path / "params.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not valid YAML"):
        read_params(tmp_path / "params.yaml")


def test_a_folder_is_no_file_of_parameters(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        read_params(tmp_path)
