"""Finds test galaxies of a split that are related to its training galaxies."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy.data.close_pairs import close_pairs
from galaxy.data.conflicts import SAME_POSITION
from galaxy.data.moved_copies import Details, moved_pairs
from galaxy.data.near_identical import NEAR_IDENTICAL, near_identical_pairs

FIELD_OF_VIEW = 67.0
"""Width of Galaxy10's pictures in arcsec: the pictures of two galaxies that are closer than this overlap."""


@dataclass(frozen=True, eq=False)
class Leak:
    """Pairs of galaxies that are related in one way, such as by position.

    Attributes:
        kind: Words for the relation.
        pairs: (P, 2) int64, positions of both galaxies in the split.
        across: Number of pairs whose galaxies are in different sets of the split.
        test: Number of test galaxies that are related to a training galaxy.
        test_share: The same as a share of all test galaxies.
        within_test: Number of pairs within the test galaxies.
        conflicting: Number of pairs with different labels; None where labels are unknown.
    """

    kind: str
    pairs: NDArray[np.int64]
    across: int
    test: int
    test_share: float
    within_test: int
    conflicting: int | None


def find_leaks(
    split: NDArray[np.str_],
    *,
    row: NDArray[np.int64],
    label: NDArray[np.int64],
    ra: NDArray[np.float64],
    dec: NDArray[np.float64],
    thumbnail: NDArray[np.uint8] | None = None,
    details: Details | None = None,
    radius: float = FIELD_OF_VIEW,
    distance: float = NEAR_IDENTICAL,
) -> list[Leak]:
    """Find test galaxies whose label or picture a training galaxy reveals.

    Args:
        split: (N,) `train`, `validation` or `test`.
        row: (N,) row of each galaxy in the data file.
        label: (N,) class of each, -1 where unknown.
        ra: (N,) right ascension in degrees, NaN where unknown.
        dec: (N,) declination in degrees, NaN where unknown.
        thumbnail: (N, t, t, 3) uint8, small versions of the pictures; None where there are none.
        details: Details of all pictures of the data file; None where there are none.
        radius: Galaxies up to this many arcsec apart are related.
        distance: Pictures whose thumbnails differ by at most this many levels of 255 are related, also after a flip
            or a quarter turn.

    Returns:
        One entry for each relation that the data allows to look for, also where no pair was found.

    Raises:
        InputError: If so many galaxies are related that the pairs cannot be listed.
    """
    found = {"the same row": _repeated(row)}
    if not (np.isnan(ra) | np.isnan(dec)).all():
        pairs, separation = close_pairs(ra, dec, radius=max(radius, SAME_POSITION))
        same = separation <= SAME_POSITION
        found["the same position"] = pairs[same]
        found[f"within {radius:g} arcsec"] = pairs[separation <= radius + 1e-9]
    if thumbnail is not None:
        alike = near_identical_pairs(thumbnail, distance=distance)
        either = near_identical_pairs(thumbnail, distance=distance, turned=True)
        found["near-identical pictures"] = alike
        known = {tuple(pair) for pair in alike.tolist()}
        turned = [pair for pair in either.tolist() if tuple(pair) not in known]
        found["flipped or turned copies"] = np.array(turned, dtype=np.int64).reshape(-1, 2)
    if details is not None:
        known = {tuple(pair) for pairs in found.values() for pair in pairs.tolist()}
        moved = [pair for pair in moved_pairs(details, row, split == "train").tolist() if tuple(pair) not in known]
        found["shifted, zoomed or otherwise turned copies"] = np.array(moved, dtype=np.int64).reshape(-1, 2)
    return [_leak(kind, pairs, split=split, label=label) for kind, pairs in found.items()]


def _leak(kind: str, pairs: NDArray[np.int64], *, split: NDArray[np.str_], label: NDArray[np.int64]) -> Leak:
    first, second = pairs[:, 0], pairs[:, 1]
    sides = split[first], split[second]
    given_away = np.concatenate(
        [
            second[(sides[0] == "train") & (sides[1] == "test")],
            first[(sides[1] == "train") & (sides[0] == "test")],
        ]
    )
    test = len(np.unique(given_away))
    return Leak(
        kind=kind,
        pairs=pairs,
        across=int((sides[0] != sides[1]).sum()),
        test=test,
        test_share=test / max(1, int((split == "test").sum())),
        within_test=int(((sides[0] == "test") & (sides[1] == "test")).sum()),
        conflicting=None if (label < 0).any() else int((label[first] != label[second]).sum()),
    )


def _repeated(row: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (P, 2) pairs of each position and the first position of the same row."""
    _, first, inverse = np.unique(row, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[inverse] != np.arange(len(row)))
    return np.stack([first[inverse[again]], again], axis=1).astype(np.int64)
