"""Creates .npy files that are written through a memory map."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike


def create_memmap(path: Path, *, dtype: DTypeLike, shape: Sequence[int]) -> np.memmap[tuple[int, ...], np.dtype[Any]]:
    """Create a .npy file of zeros for which the disk has room, and return it as a writable memory map.

    Writing to a map whose file has holes would kill the process as soon as the disk is full. Therefore the blocks are
    reserved here, except on systems that cannot do so, such as macOS.

    Args:
        path: Path of the file, which is replaced.
        dtype: Type of the values.
        shape: Shape of the array.

    Raises:
        OSError: If the disk is full or cannot be written.
    """
    array = np.lib.format.open_memmap(path, "w+", dtype=dtype, shape=tuple(shape))
    if hasattr(os, "posix_fallocate"):
        with path.open("rb+") as file:
            os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
    return array
