"""A folder that one process at a time uses, and that is removed without taking it from another process."""

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO

from galaxy.errors import InputError

_LOCK = "lock"
_ATTEMPTS = 100


def lock_folder(folder: Path) -> IO[str] | None:
    """Create a folder, and lock it until the returned file is closed.

    Returns:
        The file that holds the lock, or None if another process has locked the folder.

    Raises:
        InputError: If the file system cannot lock files.
        OSError: If the folder cannot be created or written.
    """
    path = folder / _LOCK
    for left in reversed(range(_ATTEMPTS)):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = path.open("a+")
        except (FileNotFoundError, FileExistsError):  # another process may have removed the folder in between
            if left:
                continue
            raise
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return None
        except OSError as error:  # ENOLCK of network file systems without a service for locks, for example
            lock.close()
            raise InputError(
                f"{path} cannot be locked ({error.strerror}); use a disk whose file system can lock files"
            ) from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(lock.fileno()), path.stat()):
                return lock
        lock.close()  # the file was removed before it was locked, so it locks nothing
    return None


def remove_folder(folder: Path, lock: IO[str]) -> None:
    """Remove a folder that `lock_folder` has locked, and close its lock.

    The lock is removed last: from then on another process may create and lock the folder anew, and keeps what it
    writes there. Nothing is raised where something cannot be removed.
    """
    with suppress(OSError):
        for path in list(folder.iterdir()):
            if path.name == _LOCK:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        (folder / _LOCK).unlink(missing_ok=True)
    lock.close()
    with suppress(OSError):  # after the lock is closed, because NFS keeps open files; a folder in use is not empty
        folder.rmdir()
