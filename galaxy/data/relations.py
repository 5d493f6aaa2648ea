"""Finds galaxies of a file that belong together, and those whose labels contradict each other."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy.data.close_pairs import close_pairs
from galaxy.data.conflicts import SAME_POSITION, conflicting_pairs, identical_pairs
from galaxy.data.fingerprint import Fingerprints
from galaxy.data.groups import group_numbers
from galaxy.data.layout import GalaxyFile
from galaxy.data.near_identical import near_identical_pairs


@dataclass(frozen=True, eq=False)
class Relations:
    """Relations between the N galaxies of a file.

    Attributes:
        group: (N,) int64, the first row of each galaxy's group.
        conflicting: (C,) int64, rows of galaxies that are in the file several times with different labels.
    """

    group: NDArray[np.int64]
    conflicting: NDArray[np.int64]


def relate(
    galaxies: GalaxyFile, fingerprints: Fingerprints, *, group_radius: float, group_images: float | None
) -> Relations:
    """Group galaxies that must stay on one side of a split, and find those with contradicting labels.

    A group holds all galaxies that are linked, directly or through others, by their positions, by similar pictures or
    by equal pixels. Two galaxies contradict each other when they have the same position or the same pixels, and
    different labels.

    Args:
        galaxies: The open file.
        fingerprints: Hashes and thumbnails of all images of the file.
        group_radius: Galaxies up to this many arcsec apart are linked.
        group_images: Galaxies whose thumbnails differ by at most this many levels of 255 (root mean square) are linked;
            None links only equal pixels.

    Raises:
        InputError: If so many galaxies are close or look alike that their pairs cannot be listed.
    """
    near, separation = close_pairs(galaxies.ra, galaxies.dec, radius=max(group_radius, SAME_POSITION))
    doubled, near = near[separation <= SAME_POSITION], near[separation <= group_radius + 1e-9]
    identical = identical_pairs(fingerprints.digest)
    alike = [] if group_images is None else [near_identical_pairs(fingerprints.thumbnail, distance=group_images)]
    group = group_numbers(len(galaxies), near, identical, *alike)
    same = group_numbers(len(galaxies), doubled, identical)
    rows = np.arange(len(galaxies))
    torn = conflicting_pairs(galaxies.label, np.stack([same, rows], axis=1))
    return Relations(group=group, conflicting=np.flatnonzero(np.isin(same, same[torn[:, 0]])))
