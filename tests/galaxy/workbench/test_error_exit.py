import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from galaxy.workbench.error_exit import exit_with_file_error, exit_with_lines

LONG = "é" * 200
"""A name of 400 bytes, where file systems allow 255."""


@pytest.mark.parametrize(
    "command",
    [
        ["galaxy.cli", "import", LONG, "--output", "out.h5"],
        ["galaxy.cli", "check", "--params", f"{LONG}.yaml"],
        ["stages.download", "--output", "out.h5", "--audit", "audit.json", "--params", "params.yaml"],
    ],
    ids=lambda words: " ".join(words)[:20],
)
def test_a_name_that_is_too_long_is_one_line(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(f"download:\n  source: {LONG}.h5\n", encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    done = subprocess.run(
        [sys.executable, "-P", "-m", *command], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(("error: ", "ERROR: "))
    assert "File name too long" in line
    assert [path.name for path in tmp_path.iterdir()] == ["params.yaml"]


def test_a_place_without_permission_is_named_with_its_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        exit_with_file_error(PermissionError(errno.EACCES, "Permission denied", "/srv/a.h5"))
    assert stopped.value.code == 1
    words = "/srv/a.h5 cannot be used (Permission denied); change the permissions, or give another place"
    assert words in capsys.readouterr().err


def test_errors_that_no_place_explains_keep_their_traceback() -> None:
    with pytest.raises(FileNotFoundError):
        exit_with_file_error(FileNotFoundError(errno.ENOENT, "No such file or directory", "a"))
    with pytest.raises(OSError, match="No space"):
        exit_with_file_error(OSError(errno.ENOSPC, "No space left on device"))


def test_control_characters_do_not_reach_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        exit_with_lines("there is no\n file \x1b[31mé\0")
    assert capsys.readouterr().err == "error: there is no file \\x1b[31mé\\x00\n"
