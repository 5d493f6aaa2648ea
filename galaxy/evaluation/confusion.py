"""The confusion matrix, and the metrics that are computed from it.

In the shapes, N is the number of galaxies and K of classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


def confusion_matrix(label: NDArray[np.integer], predicted: NDArray[np.integer], *, classes: int) -> NDArray[np.int64]:
    """Count the galaxies of each true class (rows) and predicted class (columns).

    Args:
        label: (N,) true classes from 0.
        predicted: (N,) predicted classes from 0.
        classes: Number of classes, K; labels and predictions lie below it.

    Returns:
        (K, K) counts.

    Example:
        >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), classes=2)
        array([[1, 1],
               [0, 1]])
    """
    flat = np.bincount(label.astype(np.int64) * classes + predicted, minlength=classes * classes)
    return flat.reshape(classes, classes)


@dataclass(frozen=True)
class ClassFigures:
    """Metrics of each class, arrays of shape (K,).

    Attributes:
        precision: Share of the galaxies predicted as this class that belong to it. 0 for a class that has galaxies and
            is never predicted; NaN for a class without galaxies that is never predicted.
        recall: Share of the galaxies of this class that are predicted as it; NaN for a class without galaxies.
        f1: Harmonic mean of precision and recall; NaN for a class without galaxies.
        support: Number of galaxies of the class.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    f1: NDArray[np.float64]
    support: NDArray[np.int64]


def class_figures(confusion: NDArray[np.integer]) -> ClassFigures:
    """Compute the metrics of each class from a (K, K) confusion matrix.

    Example:
        >>> class_figures(np.array([[1, 1], [0, 2]])).recall
        array([0.5, 1. ])
    """
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
    """Return the share of the galaxies on the diagonal of a (K, K) confusion matrix; NaN without galaxies.

    Example:
        >>> accuracy(np.array([[1, 1], [0, 2]]))
        0.75
    """
    total = confusion.sum()
    return float(np.trace(confusion) / total) if total else float("nan")


def mean_over_present(figures: NDArray[np.float64], support: NDArray[np.integer]) -> float:
    """Return the unweighted mean over the classes that have galaxies; NaN if none has.

    The mean of the recalls is the balanced accuracy, that of the F1 scores is macro F1. scikit-learn also includes
    classes that are predicted but have no galaxies, with an F1 of 0; here F1 is undefined for them.

    Args:
        figures: (K,) values of a metric.
        support: (K,) number of galaxies of each class.
    """
    present = support > 0
    return float(figures[present].mean()) if present.any() else float("nan")
