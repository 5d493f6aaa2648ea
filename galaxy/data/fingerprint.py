"""Hashes and thumbnails of images, by which equal and nearly equal pictures are found."""

import hashlib

import numpy as np
from numpy.typing import NDArray

from galaxy.data.resample import AreaResampler

THUMBNAIL = 16
"""Pixels on a side of a thumbnail."""


class Fingerprints:
    """Collects the fingerprints of N images of `size` pixels, block by block.

    `digest` (N, 32) uint8 is the SHA-256 of the pixels, `thumbnail` (N, t, t, 3) uint8 their area average, with t the
    smaller of `size` and `THUMBNAIL`.
    """

    def __init__(self, count: int, *, size: int) -> None:
        self._resample = AreaResampler(source=size, crop=None, size=min(size, THUMBNAIL))
        side = self._resample.size
        self.digest = np.zeros((count, 32), dtype=np.uint8)
        self.thumbnail = np.zeros((count, side, side, 3), dtype=np.uint8)

    def add(self, start: int, images: NDArray[np.uint8]) -> None:
        """Add the images (n, S, S, 3) of the rows from `start` on."""
        for row, image in enumerate(images, start=start):
            self.digest[row] = np.frombuffer(hashlib.sha256(image).digest(), dtype=np.uint8)
        self.thumbnail[start : start + len(images)] = self._resample(images)
