"""The confusion matrix and the figures that follow from it alone.

Letters: N galaxies, K classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def confusion_matrix(label: NDArray[np.integer], predicted: NDArray[np.integer], *, classes: int) -> NDArray[np.int64]:
    """(K, K) counts; rows are true classes, columns predicted ones."""
    return np.bincount(label * classes + predicted, minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True)
class ClassFigures:
    """Precision, recall, F1 and number of galaxies of each class, (K,).

    Recall is NaN for a class without galaxies, precision is 0 for a class that has galaxies and is never predicted, and
    NaN where neither occurs; F1 is NaN for a class without galaxies, as nothing could be found.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]


def class_figures(confusion: NDArray[np.integer]) -> ClassFigures:
    """Figures per class of a (K, K) confusion matrix."""
    hits = np.diag(confusion).astype(np.float64)
    support = confusion.sum(axis=1)
    predicted = confusion.sum(axis=0)
    present = support > 0
    with np.errstate(invalid="ignore"):
        precision = np.where(predicted > 0, hits / predicted, np.where(present, 0.0, np.nan))
        recall = np.where(present, hits / support, np.nan)
        f1 = np.where(present, 2 * hits / (support + predicted), np.nan)
    return ClassFigures(precision=precision, recall=recall, f1=f1, support=support)


def accuracy(confusion: NDArray[np.integer]) -> float:
    """Share of the galaxies on the diagonal; NaN without galaxies."""
    total = confusion.sum()
    return float(np.trace(confusion) / total) if total else float("nan")


def mean_over_present(figures: NDArray[np.float64], support: NDArray[np.integer]) -> float:
    """Unweighted mean over the classes that have galaxies; NaN if none has.

    Balanced accuracy is this mean of recall. Macro F1 is it of F1; scikit-learn also averages a zero in for a class
    that was predicted but has no galaxy, which we name as undefined instead.
    """
    present = support > 0
    return float(figures[present].mean()) if present.any() else float("nan")
