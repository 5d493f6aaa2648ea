"""Whether 80 % sure means right in 80 % of the cases.

Letters: N galaxies, K classes, B bins.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Reliability:
    """Galaxies in bins of confidence (the largest probability); (B,) each, NaN in empty bins."""

    edges: NDArray[np.float64]
    """(B + 1,) bounds of the bins; each holds its upper bound."""
    confidence: NDArray[np.float64]
    """Mean confidence."""
    accuracy: NDArray[np.float64]
    """Share of the predictions that are right."""
    count: NDArray[np.int64]

    @property
    def expected_error(self) -> float:
        """Expected calibration error: |accuracy - confidence| averaged over the galaxies (Guo et al. 2017)."""
        if not self.count.sum():
            return float("nan")
        gap = np.abs(self.accuracy - self.confidence)
        return float(np.nansum(gap * self.count) / self.count.sum())


def reliability(probability: NDArray[np.floating], label: NDArray[np.integer], *, bins: int = 15) -> Reliability:
    """Bins of equal width over [0, 1], as Guo et al. (2017) use them; ties go to the first class.

    Args:
        probability: (N, K) probabilities.
        label: (N,) true classes.
        bins: number of bins B.
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
