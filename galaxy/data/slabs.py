"""The images of a file in its own order, decoded once each, in slabs that follow its chunks."""

from collections.abc import Iterator

import h5py
import numpy as np
from numpy.typing import NDArray

from galaxy.data.layout import GalaxyFile
from galaxy.errors import InputError

SLAB_BYTES = 32 << 20
"""What a slab is meant to hold; a multiple of the file's chunks comes close to it."""

MAX_SLAB_BYTES = 256 << 20
"""What a slab may hold, two of which are in memory at a time."""


def slab_rows(galaxies: GalaxyFile) -> int:
    """Images per slab: a multiple of the rows of a chunk, so that no chunk is decoded twice.

    Raises:
        InputError: when chunks reach over so many images that a single layer of them does not fit.
    """
    image_bytes = galaxies.size * galaxies.size * 3
    chunk_rows = galaxies.images.chunks[0] if galaxies.images.chunks else 1
    chunk_rows = min(chunk_rows, len(galaxies))
    if chunk_rows * image_bytes > MAX_SLAB_BYTES:
        raise InputError(
            f"{galaxies.path}: chunks of {galaxies.images.chunks} need {chunk_rows * image_bytes >> 20} MiB at once; "
            f"allowed are {MAX_SLAB_BYTES >> 20}: repack the file with "
            f"h5repack -l images:CHUNK=16x{galaxies.size}x{galaxies.size}x3"
        )
    return int(chunk_rows * max(1, SLAB_BYTES // (chunk_rows * image_bytes)))


def iterate_slabs(galaxies: GalaxyFile) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the first row and the images (n, S, S, 3) of each slab; the array is reused, so copy what is to stay."""
    rows = slab_rows(galaxies)
    buffer = np.empty((min(rows, len(galaxies)), galaxies.size, galaxies.size, 3), dtype=np.uint8)
    for start in range(0, len(galaxies), rows):
        stop = min(start + rows, len(galaxies))
        slab = buffer[: stop - start]
        read_slab(galaxies.images, start, slab)
        yield start, slab


def read_slab(images: h5py.Dataset, start: int, out: NDArray[np.uint8]) -> None:
    """Read `len(out)` images from row `start` on into `out`."""
    images.read_direct(out, np.s_[start : start + len(out)])
