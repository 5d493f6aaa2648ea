"""Finds galaxies whose label is probably wrong by confident learning.

The method is that of Northcutt, Jiang & Chuang 2021, arXiv:1911.00068.

In the shapes, N is the number of galaxies, K of classes and F of galaxies that are found.
"""

import numpy as np
from numpy.typing import NDArray


def likely_label_errors(
    probability: NDArray[np.floating], label: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find galaxies whose label is probably wrong.

    A galaxy is found if the probability of another class exceeds that of its label, and is at least the mean
    probability of that class over the galaxies that are labelled with it.

    Args:
        probability: (N, K) class probabilities from models that were not trained on these galaxies.
        label: (N,) given classes.

    Returns:
        (F,) positions of the galaxies found, sorted by decreasing difference between the two probabilities, and the
        (F,) more probable class of each.
    """
    classes = probability.shape[1]
    typical = np.full(classes, np.inf)
    for k in range(classes):
        if np.any(label == k):
            typical[k] = probability[label == k, k].mean()
    confident = np.where(probability >= typical, probability, -np.inf)
    suggested = confident.argmax(axis=1).astype(np.int64)
    rows = np.arange(len(label))
    margin = probability[rows, suggested] - probability[rows, label]
    suspicious = np.isfinite(confident[rows, suggested]) & (suggested != label) & (margin > 0)
    found = np.flatnonzero(suspicious)
    order = found[np.argsort(-margin[found], kind="stable")].astype(np.int64)
    return order, suggested[order]
