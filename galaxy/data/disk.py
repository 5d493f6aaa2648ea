"""Room on the disk: asked for first, and one line when it ends all the same."""

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galaxy.errors import InputError

_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}


def require_room(folder: Path, size: int) -> None:
    """Check that `size` bytes fit on the disk of `folder`, or of its nearest parent that exists.

    Raises:
        InputError: when they do not.
    """
    existing = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    free = shutil.disk_usage(existing).free
    if free < size:
        raise InputError(
            f"{folder}: {size / 1e6:.0f} MB are needed, {free / 1e6:.0f} MB are free; make room on this disk"
        )


@contextmanager
def writable(path: Path) -> Iterator[None]:
    """Turn a full, read-only or failing disk, met while `path` is written, into one `InputError`."""
    try:
        yield
    except OSError as error:
        if error.errno not in _DISK:
            raise
        raise InputError(
            f"{path} cannot be written ({error.strerror}); nothing was changed: make room and run again"
        ) from None
