"""Calibration: compares the confidence of predictions with the share of them that is correct.

In the shapes, N is the number of galaxies, K of classes and B of bins.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Reliability:
    """Reliability diagram: galaxies in bins of confidence, the largest of a galaxy's class probabilities.

    Attributes:
        edges: (B + 1,) bounds of the bins; the upper bound belongs to the bin.
        confidence: (B,) mean confidence, NaN in empty bins.
        accuracy: (B,) share of correct predictions, NaN in empty bins.
        count: (B,) number of galaxies.
    """

    edges: NDArray[np.float64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    count: NDArray[np.int64]

    @property
    def expected_error(self) -> float:
        """Return the expected calibration error (Guo et al. 2017, arXiv:1706.04599); NaN without galaxies.

        It is the mean over the galaxies of |accuracy - confidence| of their bins.
        """
        if not self.count.sum():
            return float("nan")
        gap = np.abs(self.accuracy - self.confidence)
        return float(np.nansum(gap * self.count) / self.count.sum())


def reliability(probability: NDArray[np.floating], label: NDArray[np.integer], *, bins: int = 15) -> Reliability:
    """Compute the reliability diagram with bins of equal width over [0, 1] (Guo et al. 2017, arXiv:1706.04599).

    Args:
        probability: (N, K) class probabilities. If several classes have the largest one, the first is predicted.
        label: (N,) true classes.
        bins: Number of bins, B.

    Example:
        >>> reliability(np.array([[0.75, 0.25], [0.75, 0.25]]), np.array([0, 1])).expected_error
        0.25
    """
    confidence = probability.max(axis=1).astype(np.float64)
    right = probability.argmax(axis=1) == label
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(place, weights=confidence, minlength=bins) / count
        share = np.bincount(place, weights=right, minlength=bins) / count
    return Reliability(edges=edges, confidence=mean, accuracy=share, count=count)
