"""Computes all metrics of one row of the table from its predictions on the test galaxies.

In the shapes, S is the number of trainings (seeds), N of test galaxies and K of classes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.evaluation.bootstrap import HEADLINES, interval, resampled_headlines
from galaxy.evaluation.calibration import Reliability, reliability
from galaxy.evaluation.confusion import accuracy, class_figures, confusion_matrix, mean_over_present
from galaxy.evaluation.proper_scores import brier_score, log_loss
from galaxy.evaluation.ranking import one_vs_rest, roc_curve

SCORES = (*HEADLINES, "macro_precision", "macro_recall", "average_precision", "log_loss", "brier", "ece")

CURVE_POINTS = 60  # points of a ROC curve on the page; more make no visible difference


@dataclass(frozen=True)
class RowFigures:
    """Metrics of one row; undefined ones are NaN.

    Attributes:
        scores: (S,) values of each metric in `SCORES`, by name.
        intervals: 95 % intervals of the metrics in `HEADLINES`, averaged over trainings; None where undefined.
        per_class: (K,) precision, recall, f1, roc_auc and average_precision, averaged over trainings.
        support: (K,) number of test galaxies of each class.
        confusion: (S, K, K) counts; rows are true classes, columns predicted classes.
        reliability: Reliability diagram of the predictions of all trainings.
        roc: False and true positive rates of each class in the first training, at most `CURVE_POINTS` points; empty
            where undefined.
    """

    scores: Mapping[str, NDArray[np.float64]]
    intervals: Mapping[str, tuple[float, float] | None]
    per_class: Mapping[str, NDArray[np.float64]]
    support: NDArray[np.int64]
    confusion: NDArray[np.int64]
    reliability: Reliability
    roc: Sequence[tuple[NDArray[np.float64], NDArray[np.float64]]]


def evaluate_row(
    probability: NDArray[np.floating],
    label: NDArray[np.integer],
    *,
    resamples: int,
    bins: int,
    seed: int,
) -> RowFigures:
    """Compute the metrics of each training and average them; probabilities are not averaged.

    Args:
        probability: (S, N, K) class probabilities of the test galaxies.
        label: (N,) true classes.
        resamples: Number of bootstrap resamples; 0 computes no intervals.
        bins: Number of bins of the reliability diagram.
        seed: Seed of the bootstrap.

    Example:
        One training, three galaxies and two classes; the second galaxy is classified wrongly.

        >>> probability = np.array([[[0.9, 0.1], [0.6, 0.4], [0.2, 0.8]]])
        >>> figures = evaluate_row(probability, np.array([0, 1, 1]), resamples=0, bins=15, seed=0)
        >>> figures.scores["balanced_accuracy"]
        array([0.75])
    """
    trainings, galaxies, classes = probability.shape
    singles = [_training(probability[s], label, bins=bins) for s in range(trainings)]
    resampled = resampled_headlines(probability, label, resamples=resamples, seed=seed)
    pooled = probability.reshape(trainings * galaxies, classes)
    return RowFigures(
        scores={name: np.array([single["scores"][name] for single in singles]) for name in SCORES},
        intervals={name: interval(values) for name, values in resampled.items()},
        per_class={name: np.mean([s["per_class"][name] for s in singles], axis=0) for name in singles[0]["per_class"]},
        support=singles[0]["confusion"].sum(axis=1),
        confusion=np.stack([single["confusion"] for single in singles]),
        reliability=reliability(pooled, np.tile(label, trainings), bins=bins),
        roc=[_thinned(*roc_curve(probability[0, :, k], label == k)) for k in range(classes)],
    )


def _training(probability: NDArray[np.floating], label: NDArray[np.integer], *, bins: int) -> dict[str, Any]:
    predicted = probability.argmax(axis=1)
    confusion = confusion_matrix(label, predicted, classes=probability.shape[1])
    figures = class_figures(confusion)
    area, precision = one_vs_rest(probability, label)
    defined = ~np.isnan(area)
    recall = mean_over_present(figures.recall, figures.support)
    scores = {
        "accuracy": accuracy(confusion),
        "balanced_accuracy": recall,
        "macro_f1": mean_over_present(figures.f1, figures.support),
        "roc_auc": float(area[defined].mean()) if defined.any() else float("nan"),
        "macro_precision": mean_over_present(figures.precision, figures.support),
        "macro_recall": recall,
        "average_precision": mean_over_present(precision, figures.support),
        "log_loss": log_loss(probability, label),
        "brier": brier_score(probability, label),
        "ece": reliability(probability, label, bins=bins).expected_error,
    }
    per_class = {
        "precision": figures.precision,
        "recall": figures.recall,
        "f1": figures.f1,
        "roc_auc": area,
        "average_precision": precision,
    }
    return {"scores": scores, "per_class": per_class, "confusion": confusion}


def _thinned(false: NDArray[np.float64], true: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    if len(false) <= CURVE_POINTS:
        return false, true
    # Equal steps in |dx| + |dy| along the curve, whose total is 2.
    keep = np.unique(np.searchsorted(false + true, np.linspace(0, 2, CURVE_POINTS)).clip(0, len(false) - 1))
    return false[keep], true[keep]
