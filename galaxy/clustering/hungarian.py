"""Assigns a class to each cluster by Hungarian matching (Kuhn 1955).

In the shapes, N is the number of galaxies, C of clusters and K of classes.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from galaxy.errors import InputError


def contingency(
    cluster: NDArray[np.integer], label: NDArray[np.integer], *, clusters: int, classes: int
) -> NDArray[np.int64]:
    """Count the galaxies of each class in each cluster.

    Args:
        cluster: (N,) clusters from 0.
        label: (N,) classes from 0.
        clusters: Number of clusters, C.
        classes: Number of classes, K.

    Returns:
        (C, K) counts.

    Raises:
        InputError: If shapes differ, or a cluster or label is outside its range.
    """
    if cluster.ndim != 1 or cluster.shape != label.shape:
        raise InputError(f"clusters have shape {cluster.shape} and labels {label.shape}; both must have shape (N,)")
    for name, values, count in (("cluster", cluster, clusters), ("label", label, classes)):
        outside = values[(values < 0) | (values >= count)]
        if outside.size:
            raise InputError(f"{name} {int(outside[0])} lies outside 0 to {count - 1}")
    flat = np.bincount(cluster.astype(np.int64) * classes + label, minlength=clusters * classes)
    return flat.reshape(clusters, classes).astype(np.int64)


def match_clusters(
    cluster: NDArray[np.integer], label: NDArray[np.integer], *, clusters: int, classes: int
) -> NDArray[np.int64]:
    """Assign classes to clusters so that as many galaxies as possible are classified correctly.

    Each class gets one cluster. If there are more clusters than classes, the matching also decides which clusters
    remain; each of them gets its most frequent class, or, if it is empty, the most frequent class of all. If there are
    fewer clusters than classes, some classes have no cluster and are never predicted.

    Args:
        cluster: (N,) clusters from 0.
        label: (N,) classes from 0, of galaxies whose labels may be used.
        clusters: Number of clusters, C.
        classes: Number of classes, K.

    Returns:
        (C,) class of each cluster.

    Raises:
        InputError: If shapes differ, or a cluster or label is outside its range.

    Example:
        >>> match_clusters(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 1]), clusters=2, classes=2)
        array([1, 0])
    """
    return match_counts(contingency(cluster, label, clusters=clusters, classes=classes))


def match_counts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the (C,) classes of `match_clusters` for a (C, K) contingency table."""
    assigned: NDArray[np.int64] = counts.argmax(axis=1).astype(np.int64)
    assigned[counts.sum(axis=1) == 0] = counts.sum(axis=0).argmax()
    # Maximise relative to each cluster's majority, which the clusters that remain unmatched get.
    rows, columns = linear_sum_assignment(counts - counts.max(axis=1, keepdims=True), maximize=True)
    assigned[rows] = columns
    return assigned
