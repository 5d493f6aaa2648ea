"""Writes the image store in one pass over the file, in constant memory."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, Self

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from galaxy.data.store import IDS, IMAGES

_HEADER_BYTES = 128
_COPY_IMAGES = 256


class StoreWriter:
    """Appends images of one size to `folder`; `finish` removes unwanted ones and writes the header and the ids."""

    def __init__(self, folder: Path, *, size: int) -> None:
        """Open `folder`, which exists and is empty, for images of `size` pixels on a side."""
        self._folder = folder
        self._size = size
        self._count = 0
        self._file: BinaryIO = (folder / IMAGES).open("w+b")
        # Data is flushed to disk while the next block is decoded, so that little is left to flush at the end.
        self._disk = ThreadPoolExecutor(max_workers=1)
        self._syncing: Future[None] | None = None
        self._file.seek(_HEADER_BYTES)

    def append(self, images: NDArray[np.uint8]) -> None:
        """Add (n, size, size, 3) uint8."""
        self._file.write(np.ascontiguousarray(images).data)
        self._count += len(images)
        if self._syncing is None or self._syncing.done():
            self._wait()
            self._file.flush()
            self._syncing = self._disk.submit(os.fdatasync, self._file.fileno())

    def finish(self, keep: NDArray[np.int64], ids: NDArray[np.str_]) -> None:
        """Keep some of the images, and write their ids.

        Args:
            keep: (M,) sorted positions of the images that are kept.
            ids: (M,) sorted ids of these images.
        """
        self._wait()
        if len(keep) < self._count:
            self._compact(keep)
        shape = (len(keep), self._size, self._size, 3)
        self._file.seek(0)
        npy.write_array_header_1_0(self._file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        if self._file.tell() != _HEADER_BYTES:
            raise AssertionError(f"the header of {shape} takes {self._file.tell()} bytes")
        self._file.flush()
        os.fsync(self._file.fileno())
        with (self._folder / IDS).open("wb") as file:
            np.save(file, ids, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._disk.shutdown()
        self._file.close()

    def _wait(self) -> None:
        """Wait for the flush that is running and raise its error, if it had one."""
        if self._syncing is not None:
            self._syncing.result()

    def _compact(self, keep: NDArray[np.int64]) -> None:
        self._file.flush()
        image = self._size * self._size * 3
        pixels = np.memmap(self._file, dtype=np.uint8, mode="r+", offset=_HEADER_BYTES, shape=(self._count, image))
        # Images only move towards the front, and each block is read before its place is written.
        for start in range(0, len(keep), _COPY_IMAGES):
            block = keep[start : start + _COPY_IMAGES]
            pixels[start : start + len(block)] = pixels[block]
        pixels.flush()
        del pixels
        self._file.truncate(_HEADER_BYTES + len(keep) * image)
