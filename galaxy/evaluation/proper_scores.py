"""Scores that only honest probabilities minimise (Gneiting & Raftery 2007).

Letters: N galaxies, K classes.
"""

import numpy as np
from numpy.typing import NDArray


def log_loss(probability: NDArray[np.floating], label: NDArray[np.integer]) -> float:
    """Mean negative logarithm (nats) of the probability given to the true class.

    Probabilities are clipped at float32's smallest step, 1.2e-7, so that one certain mistake costs 16 and not infinity;
    scikit-learn clips likewise by the input's type.
    """
    given = probability[np.arange(len(label)), label].astype(np.float64)
    floor = float(np.finfo(np.float32).eps)
    return float(-np.log(np.clip(given, floor, 1 - floor)).mean())


def brier_score(probability: NDArray[np.floating], label: NDArray[np.integer]) -> float:
    """Mean squared distance between the probabilities and the true class as a unit vector, 0 to 2 (Brier 1950)."""
    truth = np.zeros(probability.shape)
    truth[np.arange(len(label)), label] = 1
    return float(((probability - truth) ** 2).sum(axis=1).mean())
