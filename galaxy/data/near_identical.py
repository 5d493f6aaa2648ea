"""Which images are nearly the same picture: the same exposure saved twice, whatever the coordinates say."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.spatial import cKDTree

from galaxy.data.close_pairs import MAX_PAIRS
from galaxy.errors import InputError

NEAR_IDENTICAL = 1.0
"""Levels of 255, root mean square between 16 px thumbnails. Saving a JPEG anew moves a thumbnail by 0.1 to 0.5;
the two most alike of 1,517 different SDSS galaxies are 2.5 apart, of 50 Legacy Survey ones 5.9."""

_COMPONENTS = 16
_FEW = 200
_BLOCK = 4096


def near_identical_pairs(thumbnail: NDArray[np.uint8], *, distance: float = NEAR_IDENTICAL) -> NDArray[np.int64]:
    """Pairs of rows (P, 2), the smaller first, in sorted order, whose thumbnails are at most `distance` apart.

    `thumbnail` (N, t, t, 3) uint8; `distance` is the root mean square over its values, in levels of 255.

    Raises:
        InputError: when so many images look the same that the pairs cannot be listed.
    """
    flat = thumbnail.reshape(len(thumbnail), -1)
    if len(flat) <= _FEW:
        pairs = np.stack(np.triu_indices(len(flat), k=1), axis=1)
    else:
        pairs = _candidates(flat, reach=distance * np.sqrt(flat.shape[1]))
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    limit = distance**2 * flat.shape[1]
    keep = np.zeros(len(pairs), dtype=bool)
    for start in range(0, len(pairs), _BLOCK):
        block = pairs[start : start + _BLOCK]
        difference = flat[block[:, 0]].astype(np.int64) - flat[block[:, 1]]
        keep[start : start + _BLOCK] = (difference**2).sum(axis=1) <= limit
    return pairs[keep]


def _candidates(flat: NDArray[np.uint8], *, reach: float) -> NDArray[np.int64]:
    """Pairs (P, 2), among them all of Euclidean distance up to `reach`.

    A k-d tree over the first principal components, a projection that never lengthens a distance, proposes them.
    """
    centred = flat - flat.mean(axis=0)
    size = centred.shape[1]
    kept = min(_COMPONENTS, size)
    _, axes = eigh(centred.T @ centred, subset_by_index=(size - kept, size - 1))
    tree = cKDTree(centred @ axes)
    radius = reach * (1 + 1e-9) + 1e-6  # the projection is rounded
    count = (int(tree.count_neighbors(tree, radius)) - len(flat)) // 2
    if count > MAX_PAIRS:
        raise InputError(
            f"{count} pairs of images look the same, more than {MAX_PAIRS}: the file is no set of galaxies"
        )
    return np.sort(tree.query_pairs(radius, output_type="ndarray").astype(np.int64), axis=1)
