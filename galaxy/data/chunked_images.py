"""Reads the images of a file in order, in blocks of whole chunks, so that each chunk is decoded once."""

import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from galaxy.cores import usable_cores
from galaxy.data.chunk_reader import ChunkReader
from galaxy.data.hdf5_errors import readable
from galaxy.data.layout import GalaxyFile
from galaxy.errors import InputError

BLOCK_BYTES = 32 << 20
"""Desired size of a block in bytes; a block is the largest multiple of the file's chunks up to this size."""

MAX_BLOCK_BYTES = 256 << 20
"""Largest size of a block in bytes; two blocks are in memory at a time."""


def block_rows(galaxies: GalaxyFile) -> int:
    """Return the number of images per block: a multiple of the rows of a chunk, so that no chunk is decoded twice.

    Raises:
        InputError: If a chunk, or the images that it covers, take more than `MAX_BLOCK_BYTES`.
    """
    image_bytes = galaxies.size * galaxies.size * 3
    chunks = galaxies.images.chunks or (1, 1, 1, 1)
    chunk_rows = chunks[0]
    # A file may be smaller than its chunks; HDF5 pads them.
    needed = max(min(chunk_rows, len(galaxies)) * image_bytes, math.prod(chunks))
    if needed > MAX_BLOCK_BYTES:
        raise InputError(
            f"{galaxies.path}: reading chunks of shape {chunks} takes {needed >> 20} MiB of memory, and at most "
            f"{MAX_BLOCK_BYTES >> 20} MiB are allowed; repack the file with h5repack -l "
            f"images:CHUNK=16x{galaxies.size}x{galaxies.size}x3"
        )
    return int(chunk_rows * max(1, BLOCK_BYTES // (chunk_rows * image_bytes)))


def iterate_blocks(galaxies: GalaxyFile) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """Yield the first row and the images (n, S, S, 3) of each block, while the next one is being decoded.

    Two arrays are used in turn, so that a block is valid only until the next one is requested; copy what you keep.

    Raises:
        InputError: If the file is damaged, or its chunks are too large.
    """
    rows, count = block_rows(galaxies), len(galaxies)
    shape = (min(rows, count), galaxies.size, galaxies.size, 3)
    buffers = [np.empty(shape, dtype=np.uint8) for _ in range(min(2, -(-count // rows)))]
    starts = range(0, count, rows)
    with ThreadPoolExecutor(max_workers=usable_cores()) as pool:
        reader = ChunkReader(galaxies.images, pool)
        try:
            waiting = reader.read(0, buffers[0][: min(rows, count)])
            for turn, start in enumerate(starts):
                stop = min(start + rows, count)
                with readable(galaxies.path):
                    waiting()
                    if stop < count:
                        waiting = reader.read(stop, buffers[(turn + 1) % 2][: min(rows, count - stop)])
                yield start, buffers[turn % 2][: stop - start]
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
