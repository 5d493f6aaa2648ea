"""Finds galaxies that are close together on the sky."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from galaxy.errors import InputError

MAX_PAIRS = 5_000_000
"""More than this many close pairs mean a wrong radius or made-up coordinates."""

ARCSEC = float(np.pi / 180 / 3600)
"""One second of arc in radians."""


def close_pairs(
    ra: NDArray[np.float64], dec: NDArray[np.float64], *, radius: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find all pairs of galaxies up to a separation on the sphere.

    Separations are measured by the chord between unit vectors, which is right at the poles and where right ascension
    wraps. A k-d tree finds the pairs in O(N log N + P).

    Args:
        ra: (N,) right ascension in degrees; rows with NaN are in no pair.
        dec: (N,) declination in degrees; rows with NaN are in no pair.
        radius: Largest separation in arcsec, inclusive.

    Returns:
        (P, 2) pairs of rows, the smaller row first, in sorted order, and their (P,) separations in arcsec.

    Raises:
        InputError: If there are more than `MAX_PAIRS`.
    """
    known = np.flatnonzero(~(np.isnan(ra) | np.isnan(dec)))
    if len(known) < 2:
        return np.empty((0, 2), dtype=np.int64), np.empty(0)
    alpha, delta = np.radians(ra[known]), np.radians(dec[known])
    vectors = np.stack([np.cos(delta) * np.cos(alpha), np.cos(delta) * np.sin(alpha), np.sin(delta)], axis=1)
    tree = cKDTree(vectors)
    # The tree searches a little further than `radius`, so that rounding loses no pair; the angle decides below.
    chord = 2 * np.sin(min(radius * ARCSEC, np.pi) / 2) * (1 + 1e-9) + 1e-15
    count = (int(tree.count_neighbors(tree, chord)) - len(known)) // 2
    if count > MAX_PAIRS:
        raise InputError(
            f"{count} pairs of galaxies are at most {radius:g} arcsec apart, and at most {MAX_PAIRS} pairs are "
            "allowed; check that ra and dec are positions in degrees"
        )
    pairs = np.sort(tree.query_pairs(chord, output_type="ndarray").astype(np.int64), axis=1)
    difference = vectors[pairs[:, 0]] - vectors[pairs[:, 1]]
    separation = 2 * np.arcsin(np.clip(np.sqrt((difference**2).sum(axis=1)) / 2, 0, 1)) / ARCSEC
    keep = separation <= radius + 1e-9
    pairs, separation = known[pairs[keep]], separation[keep]
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order], separation[order]
