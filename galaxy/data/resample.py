"""Centre crop and area-averaged resampling."""

from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import ArgumentError

_BLOCK = 8
"""Number of images resampled at a time; so many fit a core's cache, which makes it twice as fast."""


class AreaResampler:
    """Crops square images around their centre and averages the crop down to `size` pixels on a side.

    Every output pixel is the mean of the input over the square that it covers, where fractions of pixels are weighted
    by their area. It is rounded to the nearest integer, halves up. Flux is conserved up to that rounding at all ratios.
    All sums are exact sums of integers, so the result does not depend on the machine. When `source - crop` is odd the
    crop is half a pixel nearer to the origin.

    Args:
        source: Width and height of the images in pixels, S.
        crop: Width and height of the crop in pixels; None takes the whole image.
        size: Width and height of the result in pixels.

    Raises:
        ArgumentError: If `crop` is larger than the image, or `size` larger than the crop, because images are never
            enlarged.

    Example:
        >>> resample = AreaResampler(source=256, crop=128, size=64)
        >>> resample(np.zeros((2, 256, 256, 3), dtype=np.uint8)).shape
        (2, 64, 64, 3)
    """

    def __init__(self, *, source: int, crop: int | None, size: int) -> None:
        self.crop = source if crop is None else crop
        if not 1 <= self.crop <= source:
            raise ArgumentError(
                f"crop is {crop}; it must be between 1 and {source}, the width of the images in pixels, or null"
            )
        if not 1 <= size <= self.crop:
            cropped = "" if crop is None else "cropped "
            raise ArgumentError(
                f"size is {size}; it must be between 1 and {self.crop}, the width of the {cropped}images in pixels"
            )
        self.size = size
        self._first = (source - self.crop) // 2
        self._weights = area_weights(self.crop, size)
        self._area = (self.crop // gcd(self.crop, size)) ** 2
        # Whole numbers below 2**24 are exact in float32, in which matrices multiply twice as fast.
        self._number: type[np.float32 | np.float64] = np.float32 if 255 * self._area < 2**24 else np.float64

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Resample (n, S, S, 3) uint8 to (n, size, size, 3) uint8."""
        window = slice(self._first, self._first + self.crop)
        cropped = images[:, window, window]
        if self.size == self.crop:
            return np.ascontiguousarray(cropped)
        out = np.empty((len(images), self.size, self.size, 3), dtype=np.uint8)
        for start in range(0, len(images), _BLOCK):
            block = cropped[start : start + _BLOCK]
            total = self._whole_ratio(block) if self.crop % self.size == 0 else self._broken_ratio(block)
            out[start : start + _BLOCK] = (total + self._area // 2) // self._area
        return out

    def _whole_ratio(self, images: NDArray[np.uint8]) -> NDArray[np.int64]:
        ratio = self.crop // self.size
        rows: NDArray[Any] = images[:, 0::ratio].astype(np.uint16 if ratio <= 256 else np.uint32)
        for offset in range(1, ratio):
            rows += images[:, offset::ratio]
        channels = np.tile(np.eye(3, dtype=self._number), (ratio, 1))
        columns = rows.reshape(-1, ratio * 3).astype(self._number) @ channels
        return columns.reshape(len(images), self.size, self.size, 3).astype(np.int64)

    def _broken_ratio(self, images: NDArray[np.uint8]) -> NDArray[np.int64]:
        weights: NDArray[Any] = self._weights.astype(self._number)
        planes: NDArray[Any] = images.transpose(0, 3, 1, 2).astype(self._number, order="C")
        means: NDArray[Any] = weights @ planes @ weights.T
        return means.transpose(0, 2, 3, 1).astype(np.int64)


def area_weights(source: int, size: int) -> NDArray[np.int64]:
    """Return the (size, source) matrix of overlaps of output and input pixels.

    In units of gcd(source, size) / size all overlaps are integers, and every row sums to source / gcd(source, size).
    """
    divisor = gcd(source, size)
    pixel, cell = size // divisor, source // divisor
    low = np.maximum(np.arange(size)[:, None] * cell, np.arange(source) * pixel)
    high = np.minimum(np.arange(1, size + 1)[:, None] * cell, np.arange(1, source + 1) * pixel)
    overlap: NDArray[np.int64] = np.maximum(high - low, 0)
    return overlap
