"""Features without a network: the pixels of the image, averaged down."""

import numpy as np
from numpy.typing import NDArray

_BATCH = 512  # images at a time, which limits the memory


def averaging_weights(size: int, target: int) -> NDArray[np.float32]:
    """Return the (target, size) weight of each source pixel in each target pixel; rows sum to 1."""
    edges = np.arange(target + 1) * (size / target)
    low, high = edges[:-1, None], edges[1:, None]
    source = np.arange(size)
    overlap = np.clip(np.minimum(high, source + 1) - np.maximum(low, source), 0, None)
    weights: NDArray[np.float32] = (overlap / overlap.sum(axis=1, keepdims=True)).astype(np.float32)
    return weights


def pixel_features(images: NDArray[np.uint8], rows: NDArray[np.int64], *, size: int) -> NDArray[np.float32]:
    """Average images down by area and return their pixels, scaled to [0, 1].

    Args:
        images: (N, s, s, 3) uint8 images, possibly a memory map.
        rows: (M,) positions in `images`.
        size: Width and height of the averaged image in pixels.

    Returns:
        (M, size * size * 3) float32 pixels, row by row; red, green and blue of a pixel follow each other.

    Example:
        >>> pixel_features(np.zeros((5, 64, 64, 3), np.uint8), np.array([0, 3]), size=16).shape
        (2, 768)
    """
    weights = averaging_weights(images.shape[1], size)
    features = np.empty((len(rows), size * size * 3), dtype=np.float32)
    for start in range(0, len(rows), _BATCH):
        batch = images[rows[start : start + _BATCH]].astype(np.float32) / 255
        small = np.einsum("ij,bjkc->bikc", weights, batch, optimize=True)
        small = np.einsum("lk,bikc->bilc", weights, small, optimize=True)
        features[start : start + len(batch)] = small.reshape(len(batch), -1)
    return features
