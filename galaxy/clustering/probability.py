"""Class probabilities from distances to cluster centres.

Letters: M galaxies, C clusters, K classes.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from galaxy.errors import InputError

KINDS = ("distance", "hard")


def class_distances(
    distance: NDArray[np.floating], assigned_class: NDArray[np.int64], *, classes: int
) -> NDArray[np.float64]:
    """(M, K) distance to the nearest centre of each class; infinite for a class without cluster."""
    nearest = np.full((len(distance), classes), np.inf)
    for cluster, label in enumerate(assigned_class):
        nearest[:, label] = np.minimum(nearest[:, label], distance[:, cluster])
    return nearest


def distance_probability(nearest: NDArray[np.float64], *, scale: float) -> NDArray[np.float32]:
    """(M, K) softmax of -d^2 / (2 scale^2): equal round Gaussians of deviation `scale` at the nearest centres.

    The largest probability belongs to the nearest centre's class, so accuracy is that of hard assignment.
    """
    logits = -np.square(nearest) / (2 * scale**2)
    logits -= logits.max(axis=1, keepdims=True)
    weight = np.exp(logits)
    probability: NDArray[np.float32] = (weight / weight.sum(axis=1, keepdims=True)).astype(np.float32)
    return probability


def hard_probability(nearest: NDArray[np.float64]) -> NDArray[np.float32]:
    """(M, K) one for the nearest centre's class, zero elsewhere: what the report's AUC of 0.52 looks like."""
    probability: NDArray[np.float32] = np.eye(nearest.shape[1], dtype=np.float32)[nearest.argmin(axis=1)]
    return probability


def fit_scale(nearest: NDArray[np.float64], label: NDArray[np.integer]) -> float:
    """The scale under which `label` (M,) is most likely, in the units of the distances.

    Galaxies of classes without cluster say nothing about the scale and are left out. Never fit on test galaxies.

    Raises:
        InputError: no galaxy is of a class that has a cluster.
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

    # A factor of 30 either way: beyond it probabilities are one-hot or even in float32.
    centre = np.log(typical)
    found = minimize_scalar(cost, bounds=(centre - 3.4, centre + 3.4), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))
