"""Number of galaxies of each class in a rendered set."""

import numpy as np

from galaxy.classes import GALAXY10_COUNTS
from galaxy.errors import InputError

SMALLEST_CLASS = 3
"""Smallest number of galaxies of a class, so that each of train, validation and test can have one."""


def class_counts(count: int) -> np.ndarray:
    """Return the (10,) numbers of galaxies per class of a set of `count` galaxies, in the proportions of Galaxy10.

    Numbers are rounded by the largest remainder method. Every class has at least `SMALLEST_CLASS` galaxies, which are
    taken from the largest classes.

    Raises:
        InputError: If `count` is too small to give every class `SMALLEST_CLASS` galaxies.
    """
    published = np.array(list(GALAXY10_COUNTS.values()), dtype=np.int64)
    least = SMALLEST_CLASS * len(published)
    if count < least:
        raise InputError(f"rendered count is {count}; at least {least} are needed ({SMALLEST_CLASS} for each class)")
    share = count * published / published.sum()
    counts: np.ndarray = np.floor(share).astype(np.int64)
    by_remainder = np.argsort(counts - share, kind="stable")
    counts[by_remainder[: count - counts.sum()]] += 1
    for label in np.flatnonzero(counts < SMALLEST_CLASS):
        while counts[label] < SMALLEST_CLASS:
            counts[np.argmax(counts)] -= 1
            counts[label] += 1
    return counts
