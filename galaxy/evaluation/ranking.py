"""Ranking metrics of one class against the rest: ROC curve, the area under it, and average precision.

In the shapes, N is the number of galaxies and K of classes.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def _counts_above(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Count true and false positives at each distinct score as the threshold, from the highest score down."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    last_of_tie = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    hits = np.cumsum(positive[order])[last_of_tie].astype(np.float64)
    return hits, last_of_tie + 1 - hits


def roc_curve(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Compute the ROC curve.

    Args:
        score: (N,) scores.
        positive: (N,) whether each galaxy belongs to the class.

    Returns:
        False and true positive rates from (0, 0) to (1, 1), one point per distinct score; empty arrays if there is no
        positive or no negative galaxy.
    """
    count = int(positive.sum())
    if count in (0, len(positive)):
        return np.empty(0), np.empty(0)
    hits, false = _counts_above(score, positive)
    return np.append(0.0, false / (len(positive) - count)), np.append(0.0, hits / count)


def roc_auc(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Return the area under the ROC curve, NaN if there is no positive or no negative galaxy.

    It is the probability that a random positive galaxy has a higher score than a random negative one, where equal
    scores count half.

    Args:
        score: (N,) scores.
        positive: (N,) whether each galaxy belongs to the class.

    Example:
        >>> roc_auc(np.array([0.9, 0.4, 0.6, 0.1]), np.array([True, True, False, False]))
        0.75
    """
    false, true = roc_curve(score, positive)
    return float(np.trapezoid(true, false)) if len(false) else float("nan")


def average_precision(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Return the area under the precision-recall curve as a sum of steps; NaN without a positive galaxy.

    Args:
        score: (N,) scores.
        positive: (N,) whether each galaxy belongs to the class.
    """
    count = int(positive.sum())
    if count == 0:
        return float("nan")
    hits, false = _counts_above(score, positive)
    return float(np.sum(np.diff(hits, prepend=0.0) * hits / (hits + false)) / count)


def one_vs_rest(probability: NDArray[np.floating], label: NDArray[np.integer]) -> tuple[Floats, Floats]:
    """Compute ROC AUC and average precision of each class against the rest.

    Args:
        probability: (N, K) scores.
        label: (N,) true classes.

    Returns:
        (K,) ROC AUC and (K,) average precision, NaN where undefined.

    Example:
        >>> area, precision = one_vs_rest(np.array([[0.8, 0.2], [0.3, 0.7]]), np.array([0, 1]))
        >>> area
        array([1., 1.])
    """
    classes = range(probability.shape[1])
    area = [roc_auc(probability[:, k], label == k) for k in classes]
    precision = [average_precision(probability[:, k], label == k) for k in classes]
    return np.array(area), np.array(precision)
