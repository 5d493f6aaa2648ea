"""Confidence intervals of the main metrics by the percentile bootstrap (Efron & Tibshirani 1993, chapter 13).

Each resample draws galaxies with replacement, the same galaxies for all trainings. If there are several trainings, it
also draws trainings with replacement, so that the interval covers both the choice of test galaxies and that of seeds.

In the shapes, B is the number of resamples, S of trainings, N of galaxies and K of classes.
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HEADLINES = ("accuracy", "balanced_accuracy", "macro_f1", "roc_auc")

_BLOCK, _VALUES = 100, 4_000_000  # resamples at once, and weights of galaxies in them: an array of 32 MB


def resampled_headlines(
    probability: NDArray[np.floating], label: NDArray[np.integer], *, resamples: int, seed: int
) -> dict[str, Floats]:
    """Compute the metrics named in `HEADLINES` on bootstrap resamples of the galaxies and trainings.

    Two rows with the same galaxies and the same `seed` get the same resamples, so that their difference is paired.

    Args:
        probability: (S, N, K) class probabilities.
        label: (N,) true classes.
        resamples: Number of resamples, B.
        seed: Seed of the random generator.

    Returns:
        (B,) values by name of the metric, averaged over the trainings; NaN where a metric is undefined on a resample.

    Example:
        >>> probability = np.array([[[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]]])
        >>> figures = resampled_headlines(probability, np.array([0, 1, 1]), resamples=100, seed=0)
        >>> interval(figures["accuracy"])
        (1.0, 1.0)
    """
    trainings, galaxies, _ = probability.shape
    rng = np.random.default_rng([seed, 0])
    seeds_rng = np.random.default_rng([seed, 1])  # a stream of its own, so that the galaxies drawn do not depend on S
    rows = [_Row(probability[s], label) for s in range(trainings)]
    blocks: list[Floats] = []
    block = min(_BLOCK, max(1, _VALUES // max(1, galaxies)))
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        drawn = rng.integers(0, galaxies, size=(size, galaxies))
        weight = np.zeros((size, galaxies))
        np.add.at(weight, (np.arange(size)[:, None], drawn), 1)
        figures = np.stack([row.headlines(weight) for row in rows])  # (S, 4, size)
        chosen = seeds_rng.integers(0, trainings, size=(size, trainings))
        picked = figures[chosen, :, np.arange(size)[:, None]]  # (size, S, 4)
        blocks.append(picked.mean(axis=1))
    values = np.concatenate(blocks) if blocks else np.empty((0, len(HEADLINES)))
    return {name: values[:, index] for index, name in enumerate(HEADLINES)}


def interval(values: Floats, *, level: float = 0.95) -> tuple[float, float] | None:
    """Return the percentile interval of the values that are not NaN, or None if all are.

    Args:
        values: (B,) values on resamples.
        level: Probability that the interval should cover, in (0, 1).
    """
    defined = values[~np.isnan(values)]
    if not len(defined):
        return None
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


class _Row:
    """Predictions of one training, prepared so that a resample is a vector of weights of the galaxies."""

    def __init__(self, probability: NDArray[np.floating], label: NDArray[np.integer]) -> None:
        classes = probability.shape[1]
        predicted = probability.argmax(axis=1)
        self._truth = np.eye(classes)[label]
        self._predicted = np.eye(classes)[predicted]
        self._hit = self._truth * self._predicted
        self._orders = [np.argsort(probability[:, k], kind="stable") for k in range(classes)]
        self._ties = []
        for k, order in enumerate(self._orders):
            ordered = probability[order, k]
            self._ties.append(np.append(0, np.flatnonzero(ordered[1:] != ordered[:-1]) + 1))

    def headlines(self, weight: Floats) -> Floats:
        """Return (4, B) metrics in the order of `HEADLINES` for (B, N) weights."""
        hits, true, called = weight @ self._hit, weight @ self._truth, weight @ self._predicted
        present = true > 0
        with np.errstate(invalid="ignore", divide="ignore"):
            recall = np.where(present, hits / true, np.nan)
            f1 = np.where(present, 2 * hits / (true + called), np.nan)
            area = np.stack([self._auc(weight, k) for k in range(true.shape[1])], axis=1)
        return np.stack([hits.sum(axis=1) / true.sum(axis=1), _mean(recall), _mean(f1), _mean(area)])

    def _auc(self, weight: Floats, k: int) -> Floats:
        ordered = weight[:, self._orders[k]]
        positive = ordered * self._truth[self._orders[k], k]
        if len(self._ties[k]) < ordered.shape[1]:  # sums over equal scores
            ordered = np.add.reduceat(ordered, self._ties[k], axis=1)
            positive = np.add.reduceat(positive, self._ties[k], axis=1)
        negative = ordered - positive
        below = np.cumsum(negative, axis=1) - negative / 2  # ties count half
        area: Floats = (positive * below).sum(axis=1) / (positive.sum(axis=1) * negative.sum(axis=1))
        return area


def _mean(figures: Floats) -> Floats:
    """Return the (B,) means of (B, K) values over the classes that are not NaN; NaN where all are."""
    defined = ~np.isnan(figures)
    count = defined.sum(axis=1)
    mean: Floats = np.where(count > 0, np.where(defined, figures, 0).sum(axis=1) / np.maximum(count, 1), np.nan)
    return mean
