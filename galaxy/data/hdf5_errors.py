"""What HDF5 raises for a damaged file, as one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galaxy.errors import InputError


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what h5py raises while it reads `path` into one `InputError`.

    HDF5 reports truncation, flipped bits and failed decompression through whichever of these types fits the call that
    happened to meet them.
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
        reason = " ".join(str(error).split())[:160]
        raise InputError(
            f"{path} cannot be read as HDF5: it is truncated or damaged ({reason}); fetch or write it again"
        ) from error
