"""Galaxies whose label is likely wrong, by confident learning (Northcutt, Jiang & Chuang 2021).

Letters: N galaxies that no model was trained on, K classes.
"""

import numpy as np
from numpy.typing import NDArray


def likely_label_errors(
    probability: NDArray[np.floating], label: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of suspicious galaxies, most suspicious first, and the class that each seems to be.

    A galaxy is suspicious when a class other than its label is at least as probable as that class is on average among
    the galaxies that carry its label, and more probable than the label. The order is by the margin between both.

    Args:
        probability: (N, K) probabilities from models that have not seen these galaxies' labels.
        label: (N,) given classes.
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
