"""Centre crop and area-averaged resampling."""

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError


class AreaResampler:
    """Takes the centre crop of square images and averages it down to `size` pixels on a side.

    Every output pixel is the mean of the input over the square that it covers, fractions of pixels weighted by their
    area, rounded to the nearest of 0 to 255: flux is kept up to that rounding, at whole and broken ratios alike. When
    `source - crop` is odd the crop lies half a pixel towards the origin.
    """

    def __init__(self, *, source: int, crop: int | None, size: int) -> None:
        """`source`, `crop` and `size` are pixels on a side; None takes the whole image.

        Raises:
            InputError: when `crop` is larger than the image, or `size` larger than the crop: no detail is invented.
        """
        self.crop = source if crop is None else crop
        if not 1 <= self.crop <= source:
            raise InputError(f"split.crop is {crop}; the images have {source} px, allowed are 1 to {source} or null")
        if not 1 <= size <= self.crop:
            raise InputError(f"split.size is {size}; images of {self.crop} px can be averaged to 1 to {self.crop} px")
        self.size = size
        self._first = (source - self.crop) // 2
        self._weights = area_weights(self.crop, size)

    def __call__(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Resample (n, S, S, 3) uint8 to (n, size, size, 3) uint8."""
        window = slice(self._first, self._first + self.crop)
        cropped = images[:, window, window]
        if self.size == self.crop:
            return np.ascontiguousarray(cropped)
        ratio, rest = divmod(self.crop, self.size)
        if rest == 0 and ratio <= 16:  # sums of 16 x 16 bytes fit uint16
            return _block_mean(cropped, ratio)
        return _weighted_mean(cropped, self._weights)


def area_weights(source: int, size: int) -> NDArray[np.float32]:
    """(size, source) matrix whose row i holds the share of each input pixel in output pixel i; rows sum to 1."""
    edges = np.arange(size + 1) * (source / size)
    pixels = np.arange(source)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.clip(overlap, 0, None) * (size / source), dtype=np.float32)


def _block_mean(images: NDArray[np.uint8], ratio: int) -> NDArray[np.uint8]:
    rows = images[:, 0::ratio].astype(np.uint16)
    for offset in range(1, ratio):
        rows += images[:, offset::ratio]
    total = rows[:, :, 0::ratio].copy()
    for offset in range(1, ratio):
        total += rows[:, :, offset::ratio]
    area = ratio * ratio
    # Half the area added before the division rounds to nearest; 256 * 255 + 128 still fits uint16.
    return ((total + np.uint16(area // 2)) // np.uint16(area)).astype(np.uint8)


def _weighted_mean(images: NDArray[np.uint8], weights: NDArray[np.float32]) -> NDArray[np.uint8]:
    count, source, _, channels = images.shape
    size = len(weights)
    out = np.empty((count, size, size, channels), dtype=np.uint8)
    for index, image in enumerate(images):
        rows = weights @ image.reshape(source, -1).astype(np.float32)
        columns = np.einsum("ij,kjc->kic", weights, rows.reshape(size, source, channels), optimize=True)
        out[index] = np.clip(np.rint(columns), 0, 255)
    return out
