"""Checks for free disk space, and turns errors of a full or read-only disk into one clear line."""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galaxy.errors import InputError

_ADVICE = dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room")
_ADVICE |= {errno.EFBIG: "raise the largest size of a file (ulimit -f) or choose another disk"}
_ADVICE[errno.ENAMETOOLONG] = "give a shorter name"
_ADVICE |= dict.fromkeys(
    (errno.EROFS, errno.EACCES, errno.EPERM, errno.EISDIR, errno.ENOTDIR, errno.EEXIST),
    "choose another place or make it writable",
)


def require_room(folder: Path, size: int) -> None:
    """Check that `size` bytes fit on the disk of `folder`, or of its nearest parent that exists.

    Raises:
        InputError: If they do not.
    """
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < size:
        raise InputError(
            f"{folder}: {size / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are free; make room on this disk"
        )


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn the errors of a full disk, or of a place that cannot be written, into one `InputError` about `path`."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        code = _error_number(error)
        if code not in _ADVICE:
            raise
        raise InputError(
            f"{path} cannot be written ({os.strerror(code)}) and was left unchanged; {_ADVICE[code]} and run again"
        ) from None


def _error_number(error: OSError | RuntimeError) -> int:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    # The type of HDF5's exception depends on the call that met the full disk; only its text names the reason.
    told = re.search(r"errno = (\d+)", str(error))
    return int(told[1]) if told else 0
