"""Figures that look at the order of the scores: ROC curve, its area, average precision. One class against the rest.

Letters: N galaxies, K classes.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def _counts_above(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """True and false positives when everything at or above each distinct score is called positive, highest first."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    last_of_tie = np.append(np.flatnonzero(ordered[1:] != ordered[:-1]), len(ordered) - 1)
    hits = np.cumsum(positive[order])[last_of_tie].astype(np.float64)
    return hits, last_of_tie + 1 - hits


def roc_curve(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """False and true positive rate from (0, 0) to (1, 1), one point per distinct score.

    Empty where there is no positive or no negative galaxy: the curve is undefined.
    """
    count = int(positive.sum())
    if count in (0, len(positive)):
        return np.empty(0), np.empty(0)
    hits, false = _counts_above(score, positive)
    return np.append(0.0, false / (len(positive) - count)), np.append(0.0, hits / count)


def roc_auc(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: the chance that a positive galaxy outscores a negative one, ties counting half.

    NaN where there is no positive or no negative galaxy.
    """
    false, true = roc_curve(score, positive)
    return float(np.trapezoid(true, false)) if len(false) else float("nan")


def average_precision(score: NDArray[np.floating], positive: NDArray[np.bool_]) -> float:
    """Mean of the precision over the positives, in steps and not interpolated; NaN without a positive galaxy."""
    count = int(positive.sum())
    if count == 0:
        return float("nan")
    hits, false = _counts_above(score, positive)
    return float(np.sum(np.diff(hits, prepend=0.0) * hits / (hits + false)) / count)


def one_vs_rest(probability: NDArray[np.floating], label: NDArray[np.integer]) -> tuple[Floats, Floats]:
    """ROC AUC and average precision of each class against the rest, (K,) each, NaN where undefined.

    Args:
        probability: (N, K) scores.
        label: (N,) true classes.
    """
    classes = range(probability.shape[1])
    area = [roc_auc(probability[:, k], label == k) for k in classes]
    precision = [average_precision(probability[:, k], label == k) for k in classes]
    return np.array(area), np.array(precision)
