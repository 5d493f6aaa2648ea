"""Mean and standard deviation of each channel over a set of images."""

import numpy as np
from numpy.typing import NDArray

_BLOCK = 64  # images at a time, which limits the memory


def pixel_statistics(images: NDArray[np.uint8], rows: NDArray[np.int64]) -> tuple[list[float], list[float]]:
    """Return mean and standard deviation per channel of the pixels of `images[rows]`, scaled to [0, 1].

    Values are counted exactly, some images at a time, so `images` may be a memory map.

    Args:
        images: (M, s, s, 3) uint8.
        rows: (N,) positions of the images to use: those of the training split, so that nothing is fitted on the
            others.
    """
    counts = np.zeros((3, 256), dtype=np.int64)
    for start in range(0, len(rows), _BLOCK):
        block = images[rows[start : start + _BLOCK]]
        for channel in range(3):
            counts[channel] += np.bincount(block[..., channel].ravel(), minlength=256)
    values = np.arange(256) / 255.0
    share = counts / counts.sum(axis=1, keepdims=True)
    mean = share @ values
    std = np.sqrt((share * (values - mean[:, None]) ** 2).sum(axis=1))
    return mean.tolist(), std.tolist()


def has_colour(images: NDArray[np.uint8], rows: NDArray[np.int64]) -> bool:
    """Return whether any pixel of `images[rows]` has different values in its channels."""
    for start in range(0, len(rows), _BLOCK):
        block = images[rows[start : start + _BLOCK]]
        if (block[..., 0] != block[..., 1]).any() or (block[..., 0] != block[..., 2]).any():
            return True
    return False
