"""Proper scores of probabilities: the true probabilities minimise the expected score (Gneiting & Raftery 2007).

In the shapes, N is the number of galaxies and K of classes.
"""

import numpy as np
from numpy.typing import NDArray


def log_loss(probability: NDArray[np.floating], label: NDArray[np.integer]) -> float:
    """Return the mean negative logarithm of the probability of the true class, in nats.

    Probabilities are clipped to float32's machine epsilon, 1.2e-7, so that the loss of a galaxy is at most 16;
    scikit-learn also clips to the machine epsilon of the input.

    Args:
        probability: (N, K) class probabilities.
        label: (N,) true classes.
    """
    given = probability[np.arange(len(label)), label].astype(np.float64)
    floor = float(np.finfo(np.float32).eps)
    return float(-np.log(np.clip(given, floor, 1 - floor)).mean())


def brier_score(probability: NDArray[np.floating], label: NDArray[np.integer]) -> float:
    """Return the mean squared distance between the probabilities and the true class as a unit vector (Brier 1950).

    Args:
        probability: (N, K) class probabilities.
        label: (N,) true classes.

    Returns:
        The score, from 0 to 2.

    Example:
        >>> brier_score(np.array([[0.5, 0.5], [1.0, 0.0]]), np.array([0, 0]))
        0.25
    """
    truth = np.zeros(probability.shape)
    truth[np.arange(len(label)), label] = 1
    return float(((probability - truth) ** 2).sum(axis=1).mean())
