"""Decodes the chunks of an HDF5 data set on all cores.

h5py decodes on one core, and copies chunks of a single channel, as in Galaxy10's file, byte by byte. Where gzip is the
only filter that changes bytes, reading the raw chunks and decoding them here is several times as fast.
"""

import zlib
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import product

import h5py
import numpy as np
from numpy.typing import NDArray

_SHUFFLE, _GZIP = 2, 1
_TASKS = 16
"""Tasks per block, so that up to 16 cores are busy; few enough to cause no overhead."""


class ChunkReader:
    """Reads blocks of `images` (N, S, S, 3) uint8 on the threads of `pool`."""

    def __init__(self, images: h5py.Dataset, pool: ThreadPoolExecutor) -> None:
        self._images = images
        self._pool = pool
        plist = images.id.get_create_plist()
        filters = [plist.get_filter(index)[0] for index in range(plist.get_nfilters())]
        # Shuffling bytes of one-byte numbers leaves them where they are.
        self._direct = [code for code in filters if code != _SHUFFLE] == [_GZIP]
        self._gzip = filters.index(_GZIP) if self._direct else 0

    def read(self, start: int, out: NDArray[np.uint8]) -> Callable[[], None]:
        """Start filling `out` with the images from row `start` on, a multiple of the rows of a chunk.

        Returns:
            A function that waits until `out` is filled. It raises OSError for a damaged chunk, or what h5py raises.
        """
        tasks: list[Future[None]]
        if self._direct:
            steps = self._images.chunks
            corners = list(
                product(
                    range(start, start + len(out), steps[0]),
                    *(range(0, length, step) for length, step in zip(out.shape[1:], steps[1:], strict=True)),
                )
            )
            share = -(-len(corners) // _TASKS)
            tasks = [
                self._pool.submit(self._decode, start, out, corners[first : first + share])
                for first in range(0, len(corners), share)
            ]
        else:
            tasks = [self._pool.submit(self._images.read_direct, out, np.s_[start : start + len(out)])]

        def wait() -> None:
            for task in tasks:
                task.result()

        return wait

    def _decode(self, start: int, out: NDArray[np.uint8], corners: list[tuple[int, ...]]) -> None:
        for corner in corners:
            place = tuple(
                slice(first, first + step)
                for first, step in zip((corner[0] - start, *corner[1:]), self._images.chunks, strict=True)
            )
            target = out[place]
            target[...] = self._chunk(corner)[tuple(slice(length) for length in target.shape)]

    def _chunk(self, corner: tuple[int, ...]) -> NDArray[np.uint8]:
        shape: tuple[int, ...] = self._images.chunks
        size = int(np.prod(shape))
        if self._images.id.get_chunk_info_by_coord(corner).byte_offset is None:
            raise OSError(f"the chunk of 'images' at {corner} was never written")
        skipped, raw = self._images.id.read_direct_chunk(corner)
        if not skipped & (1 << self._gzip):
            # The output is limited, so that a damaged or malicious chunk cannot fill the memory.
            stream = zlib.decompressobj()
            try:
                raw = stream.decompress(raw, size)
            except zlib.error as error:
                raise OSError(f"the chunk of 'images' at {corner} cannot be decompressed: {error}") from None
            # The checksum at the end is only compared when one tries to go past the last byte.
            if stream.decompress(stream.unconsumed_tail, 1):
                raise OSError(f"the chunk of 'images' at {corner} contains more than {size} bytes")
            if not stream.eof:
                raise OSError(f"the chunk of 'images' at {corner} is incomplete")
        if len(raw) != size:
            raise OSError(f"the chunk of 'images' at {corner} holds {len(raw)} bytes, not {size}")
        return np.frombuffer(raw, dtype=np.uint8).reshape(shape)
