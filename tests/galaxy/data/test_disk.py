"""A disk that is full or cannot be written gives one line; any other error keeps its traceback."""

import errno
from pathlib import Path

import pytest

from galaxy.data.disk import require_room, writable
from galaxy.errors import InputError


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "no"), r"out\.h5 cannot be written \(No space left on device\).*make room"),
        (PermissionError(errno.EACCES, "no"), r"Permission denied\).*choose another place"),
        (OSError(errno.ENAMETOOLONG, "no"), r"File name too long\).*; give a shorter name"),
        (RuntimeError("Can't close dataset (file write failed: errno = 28, error message = ...)"), "make room"),
        (
            OSError("Can't write data (unable to extend file properly, errno = 27)"),
            r"File too large\).*; raise the largest",
        ),
    ],
)
def test_one_line(error: Exception, expected: str) -> None:
    with pytest.raises(InputError, match=expected), writable(Path("out.h5")):
        raise error


@pytest.mark.parametrize("error", [RuntimeError("ours"), OSError("ours"), FileNotFoundError(errno.ENOENT, "ours")])
def test_our_own_mistakes_keep_their_traceback(error: Exception) -> None:
    with pytest.raises(type(error), match="ours"), writable(Path("out.h5")):
        raise error


def test_room_is_that_of_the_nearest_folder(tmp_path: Path) -> None:
    require_room(tmp_path / "not" / "there", 1)
    with pytest.raises(InputError, match="MB are needed"):
        require_room(tmp_path / "not" / "there", 10**18)
