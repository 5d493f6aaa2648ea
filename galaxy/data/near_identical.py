"""Which images are nearly the same picture: the same exposure saved twice, whatever the coordinates say."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from galaxy.data.positions import MAX_PAIRS
from galaxy.errors import InputError

NEAR_IDENTICAL = 1.0
"""Levels of 255, root mean square between 16 px thumbnails. Saving a JPEG anew moves a thumbnail by 0.1 to 0.5;
the two most alike of 1,517 different SDSS galaxies are 2.5 apart, of 50 Legacy Survey ones 5.9."""

_COMPONENTS = 8


def near_identical_pairs(thumbnail: NDArray[np.uint8], *, distance: float = NEAR_IDENTICAL) -> NDArray[np.int64]:
    """Pairs of rows (P, 2), the smaller first, in sorted order, whose thumbnails are at most `distance` apart.

    `thumbnail` (N, t, t, 3) uint8; `distance` is the root mean square over its values, in levels of 255. A k-d tree
    over the first principal components, a projection that never lengthens a distance, proposes the pairs.

    Raises:
        InputError: when so many images look the same that the pairs cannot be listed.
    """
    count = len(thumbnail)
    flat = thumbnail.reshape(count, -1).astype(np.float32)
    if count < 2:
        return np.empty((0, 2), dtype=np.int64)
    centred = flat - flat.mean(axis=0)
    _, axes = np.linalg.eigh((centred.T @ centred).astype(np.float64))
    projected = centred.astype(np.float64) @ axes[:, -_COMPONENTS:]
    reach = distance * np.sqrt(flat.shape[1])
    tree = cKDTree(projected)
    radius = reach * (1 + 1e-6) + 1e-3  # the projection is rounded
    candidates = (int(tree.count_neighbors(tree, radius)) - count) // 2
    if candidates > MAX_PAIRS:
        raise InputError(
            f"{candidates} pairs of images look the same, more than {MAX_PAIRS}: the file is no set of galaxies"
        )
    pairs = np.sort(tree.query_pairs(radius, output_type="ndarray").astype(np.int64), axis=1)
    apart = np.array([np.sqrt(((flat[a] - flat[b]) ** 2).mean(dtype=np.float64)) for a, b in pairs])
    pairs = pairs[apart <= distance] if len(pairs) else pairs.reshape(0, 2)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
