from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.workbench.locked_stages import locked_stages


def test_stages_are_read_by_their_names(tmp_path: Path) -> None:
    assert locked_stages(tmp_path) == {}
    (tmp_path / "dvc.lock").write_text("schema: '2.0'\nstages:\n  split:\n    cmd: a\n")
    assert locked_stages(tmp_path) == {"split": {"cmd": "a"}}


@pytest.mark.parametrize(
    "text", ["<<<<<<< HEAD\nstages: {}\n=======\n>>>>>>> other\n", "", "[1]", "stages: [1]", "stages: {split: 5}"]
)
def test_a_damaged_file_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "dvc.lock").write_text(text)
    with pytest.raises(InputError, match=r"dvc\.lock .*; finish an open merge, or restore the file with git") as caught:
        locked_stages(tmp_path)
    assert "\n" not in str(caught.value)
    assert "download" not in str(caught.value)
