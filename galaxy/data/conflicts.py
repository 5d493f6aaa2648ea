"""Finds galaxies that are in the file twice, with different labels."""

import numpy as np
from numpy.typing import NDArray

SAME_POSITION = 0.01
"""arcsec: far below any astrometric error, far above the rounding of coordinates saved with seven digits."""


def conflicting_pairs(label: NDArray[np.int64], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return those of the (P, 2) `pairs` of rows whose labels differ."""
    different: NDArray[np.bool_] = label[pairs[:, 0]] != label[pairs[:, 1]]
    return pairs[different]


def identical_pairs(digest: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return (P, 2) pairs of the first row with some pixels and each later row with the same ones.

    Args:
        digest: (N, 32) uint8, SHA-256 of the pixels of each row.
    """
    _, first, inverse = np.unique(digest.view("V32").ravel(), return_index=True, return_inverse=True)
    rows = np.arange(len(digest))
    original = first[inverse.ravel()]
    doubled = np.flatnonzero(original != rows)
    return np.stack([original[doubled], doubled], axis=1)
