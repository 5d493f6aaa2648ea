"""Finds images that are nearly the same picture, such as one exposure that was saved twice."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.spatial import cKDTree

from galaxy.data.close_pairs import MAX_PAIRS
from galaxy.errors import InputError

NEAR_IDENTICAL = 1.0
"""Largest root mean square difference of 16 px thumbnails, in levels of 255. Saving a JPEG again changes a thumbnail by
0.1 to 0.5. The two most similar of 1,517 different SDSS galaxies differ by 2.5, those of 50 Legacy Survey galaxies by
5.9."""

_COMPONENTS = (4, 6, 8, 12, 16)
"""Dimensions of the search tree: with more of them fewer pairs are left to compare, but the search takes longer."""

_CANDIDATES = 20
"""Pairs to compare for each image, up to which fewer dimensions are the faster ones."""

_SAMPLE = 4096
_FEW = 200
_BLOCK = 4096


def near_identical_pairs(
    thumbnail: NDArray[np.uint8], *, distance: float = NEAR_IDENTICAL, turned: bool = False
) -> NDArray[np.int64]:
    """Find pairs of images whose thumbnails differ by at most `distance`.

    Args:
        thumbnail: (N, t, t, 3) uint8.
        distance: Largest root mean square of the differences of two thumbnails, in levels of 255.
        turned: Whether a thumbnail is also compared with the other one's mirror images and quarter turns.

    Returns:
        (P, 2) rows, the smaller one first, in sorted order.

    Raises:
        InputError: If so many images look the same that the pairs cannot be listed.
    """
    flat = thumbnail.reshape(len(thumbnail), -1)
    limit = distance**2 * flat.shape[1]
    if len(flat) <= _FEW:
        pairs = np.stack(np.triu_indices(len(flat), k=1), axis=1)
    else:
        pairs = _candidates(thumbnail, reach=float(np.sqrt(limit)), turned=turned)
    keep = np.zeros(len(pairs), dtype=bool)
    for start in range(0, len(pairs), _BLOCK):
        first, second = pairs[start : start + _BLOCK].T
        left = thumbnail[first].astype(np.int32)
        for moved in _motions(thumbnail[second]) if turned else [thumbnail[second]]:
            square = ((left - moved) ** 2).sum(axis=(1, 2, 3), dtype=np.int64)
            keep[start : start + _BLOCK] |= square <= limit
    pairs = pairs[keep]
    if len(pairs) > MAX_PAIRS:
        raise InputError(
            f"{len(pairs)} pairs of images look the same, and at most {MAX_PAIRS} pairs are allowed; give a file of "
            "different galaxies"
        )
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _motions(images: NDArray[np.uint8]) -> Iterator[NDArray[np.uint8]]:
    """Return the eight flips and quarter turns of (n, t, t, 3) square images."""
    for whole in (images, images.transpose(0, 2, 1, 3)):
        for rows in (whole, whole[:, ::-1]):
            yield rows
            yield rows[:, :, ::-1]


def _candidates(thumbnail: NDArray[np.uint8], *, reach: float, turned: bool) -> NDArray[np.int64]:
    """Return (P, 2) pairs of rows that contain all pairs up to the Euclidean distance `reach`.

    A k-d tree over the first principal components of a sample of the images finds them; a projection never increases a
    distance, so no pair is missed. With `turned` the images are first averaged over their eight flips and quarter
    turns; this is a projection as well, and it makes all eight equal.
    """
    sample = _vectors(thumbnail[:: -(-len(thumbnail) // _SAMPLE)], turned=turned)
    mean, size = sample.mean(axis=0), sample.shape[1]
    most = min(_COMPONENTS[-1], size)
    _, axes = eigh((sample - mean).T @ (sample - mean), subset_by_index=(size - most, size - 1))
    axes = axes[:, ::-1]  # the widest one first
    projected = np.empty((len(thumbnail), most))
    for start in range(0, len(thumbnail), _BLOCK):
        block = _vectors(thumbnail[start : start + _BLOCK], turned=turned)
        projected[start : start + _BLOCK] = (block - mean) @ axes
    radius = reach * (1 + 1e-9) + 1e-6  # the projection is rounded
    probes = np.arange(0, len(thumbnail), -(-len(thumbnail) // 500))
    for kept in _COMPONENTS:
        tree = cKDTree(projected[:, : min(kept, most)])
        each = tree.query_ball_point(tree.data[probes], radius, return_length=True).mean() - 1
        if each <= _CANDIDATES or kept >= most:
            break
    count, most = each * len(thumbnail) / 2, 5 * MAX_PAIRS
    if count > most:
        raise InputError(
            f"the images are so alike that about {count:.0f} pairs would have to be compared, and at most {most} are; "
            "give a file of different galaxies"
        )
    return np.sort(tree.query_pairs(radius, output_type="ndarray").astype(np.int64), axis=1)


def _vectors(images: NDArray[np.uint8], *, turned: bool) -> NDArray[np.float64]:
    if not turned:
        return images.reshape(len(images), -1).astype(np.float64)
    total = np.zeros(images.shape)
    for moved in _motions(images):
        total += moved
    return (total / 8).reshape(len(images), -1)
