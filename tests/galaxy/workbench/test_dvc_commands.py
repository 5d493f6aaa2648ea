from pathlib import Path

import pytest

from galaxy.errors import InputError
from galaxy.workbench.dvc_commands import dvc, git


def test_what_git_prints_is_returned_and_a_failure_is_one_line(tmp_path: Path) -> None:
    git("init", "--quiet", "--initial-branch=main", cwd=tmp_path)
    assert git("branch", "--show-current", cwd=tmp_path) == "main"
    with pytest.raises(InputError, match=r"^`git show nothing` failed: fatal: .*nothing"):
        git("show", "nothing", cwd=tmp_path)


def test_of_dvc_the_last_error_is_the_reason(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^`dvc status` failed: you are not inside of a DVC repository") as caught:
        dvc("status", cwd=tmp_path)
    assert "\n" not in str(caught.value)
