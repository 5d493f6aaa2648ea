"""Class probabilities from distances to cluster centres.

In the shapes, M is the number of galaxies, C of clusters and K of classes.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from galaxy.errors import InputError

KINDS = ("distance", "hard")


def class_distances(
    distance: NDArray[np.floating], assigned_class: NDArray[np.int64], *, classes: int
) -> NDArray[np.float64]:
    """Return (M, K) distances to the nearest centre of each class, infinite for a class without cluster.

    Args:
        distance: (M, C) distances to the centres.
        assigned_class: (C,) class of each cluster.
        classes: Number of classes, K.
    """
    nearest = np.full((len(distance), classes), np.inf)
    for cluster, label in enumerate(assigned_class):
        nearest[:, label] = np.minimum(nearest[:, label], distance[:, cluster])
    return nearest


def distance_probability(nearest: NDArray[np.float64], *, scale: float) -> NDArray[np.float32]:
    """Return the softmax of -d^2 / (2 scale^2), which assumes Gaussians of standard deviation `scale` at the centres.

    The class of the nearest centre has the largest probability, so that the accuracy is that of hard assignment.

    Args:
        nearest: (M, K) distances to the nearest centre of each class.
        scale: Standard deviation, in the units of the distances.

    Returns:
        (M, K) probabilities.
    """
    logits = -np.square(nearest) / (2 * scale**2)
    logits -= logits.max(axis=1, keepdims=True)
    weight = np.exp(logits)
    probability: NDArray[np.float32] = (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
    return probability


def hard_probability(nearest: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return (M, K) probabilities of 1 for the class of the nearest centre and 0 for the others.

    The ROC AUC of a class is then the mean of its true positive and its true negative rate. With ten classes and an
    accuracy of 16 % it is about 0.52, as in the report.
    """
    probability: NDArray[np.float32] = np.eye(nearest.shape[1], dtype=np.float32)[nearest.argmin(axis=1)]
    return probability


def fit_scale(nearest: NDArray[np.float64], label: NDArray[np.integer]) -> float:
    """Fit the scale of `distance_probability` by maximum likelihood.

    Galaxies of classes without cluster are left out. The labels must not be those of test galaxies.

    Args:
        nearest: (M, K) distances to the nearest centre of each class.
        label: (M,) classes.

    Returns:
        The scale, in the units of the distances.

    Raises:
        InputError: If no galaxy belongs to a class that has a cluster.
    """
    known = np.isfinite(nearest[np.arange(len(label)), label])
    if not known.any():
        raise InputError("no galaxy is of a class that has a cluster; the scale of the probabilities cannot be fitted")
    squared, wanted = np.square(nearest[known]), label[known]
    typical = float(np.sqrt(np.mean(squared.min(axis=1)))) or 1.0

    def cost(log_scale: float) -> float:
        logits = -squared / (2 * np.exp(2 * log_scale))
        logits -= logits.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(logits).sum(axis=1))
        return float(np.mean(log_sum - logits[np.arange(len(wanted)), wanted]))

    # A factor of 30 in both directions; beyond it, float32 probabilities are one-hot or uniform.
    centre = np.log(typical)
    found = minimize_scalar(cost, bounds=(centre - 3.4, centre + 3.4), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))
