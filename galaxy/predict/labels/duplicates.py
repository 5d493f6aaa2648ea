"""Finds galaxies of a manifest that are the same: at the same position on the sky, or with the same pixels."""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy.data.close_pairs import close_pairs
from galaxy.data.conflicts import SAME_POSITION, identical_pairs
from galaxy.data.groups import group_numbers
from galaxy.data.manifest import Manifest


def same_galaxies(galaxies: Manifest, images: Sequence[NDArray[np.uint8]] | NDArray[np.uint8]) -> NDArray[np.int64]:
    """Assign numbers to galaxies so that entries of the same galaxy get the same number.

    Args:
        galaxies: N galaxies.
        images: Their N images, which are read one at a time.

    Returns:
        (N,) position of the first galaxy that is the same, directly or through others.
    """
    near, _ = close_pairs(galaxies.ra, galaxies.dec, radius=SAME_POSITION)
    digest = np.zeros((len(galaxies), 32), dtype=np.uint8)
    for number in range(len(galaxies)):
        content = hashlib.sha256(np.asarray(images[number]).tobytes())
        digest[number] = np.frombuffer(content.digest(), dtype=np.uint8)
    return group_numbers(len(galaxies), near, identical_pairs(digest))
