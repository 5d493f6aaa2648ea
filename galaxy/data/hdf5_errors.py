"""Turns the exceptions of h5py for a file that cannot be read into one line that says why."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galaxy.errors import InputError

_LOCKED = "unable to lock file"
_MARKED_OPEN = ("already open for write", "file is not already open for swmr writing")
_NO_LOCKS = ("errno = 37", "errno = 38", "errno = 95")  # ENOLCK, ENOSYS, EOPNOTSUPP


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn an exception that h5py raises while it reads `path` into an `InputError`.

    HDF5 reports truncation, flipped bits and failed decompression by whichever of these exception types belongs to the
    function that met them. A file that another program has open, or that a killed program left marked as open, is not
    damaged, and the message says so.
    """
    try:
        yield
    except InputError:
        raise
    except (
        OSError,
        RuntimeError,
        ValueError,
        TypeError,
        KeyError,
        AttributeError,
        OverflowError,
        MemoryError,
    ) as error:
        if isinstance(error, MemoryError):
            raise InputError(
                f"{path} cannot be read: this takes more memory than is free, or the file is damaged; close other "
                "programs or use a machine with more memory, and check the file with h5dump"
            ) from error
        raise InputError(_explain(path, " ".join(str(error).split()))) from error


def _explain(path: Path, reason: str) -> str:
    lowered = reason.lower()
    if _LOCKED in lowered and any(number in lowered for number in _NO_LOCKS):
        return (
            f"{path} cannot be locked, because its file system has no file locks; copy it to another disk, or set "
            "HDF5_USE_FILE_LOCKING=FALSE when no program writes to it"
        )
    if _LOCKED in lowered:
        return f"{path} is open for writing in another program, such as a notebook; close it there and run again"
    if any(words in lowered for words in _MARKED_OPEN):
        return (
            f"{path} is marked as open for writing: a program is writing it, or was killed while it did; end that "
            f"program, or if none runs any more, remove the mark with 'h5clear -s {path}' and check the contents"
        )
    return f"{path} cannot be read as HDF5: it is truncated or damaged ({reason[:160]}); fetch or write it again"
