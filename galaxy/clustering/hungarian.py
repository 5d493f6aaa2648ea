"""From clusters to classes: Hungarian matching (Kuhn 1955), learned where labels may be seen.

Letters: N galaxies, C clusters, K classes.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from galaxy.errors import InputError


def contingency(
    cluster: NDArray[np.integer], label: NDArray[np.integer], *, clusters: int, classes: int
) -> NDArray[np.int64]:
    """(C, K) number of galaxies of each class in each cluster.

    Raises:
        InputError: shapes differ, or a cluster or label is outside its range.
    """
    if cluster.ndim != 1 or cluster.shape != label.shape:
        raise InputError(f"clusters are {cluster.shape} and labels {label.shape}; both must be (N,)")
    for name, values, count in (("cluster", cluster, clusters), ("label", label, classes)):
        if values.size and not 0 <= int(values.min()) <= int(values.max()) < count:
            raise InputError(f"{name} {int(values.max())} lies outside 0 to {count - 1}")
    flat = np.bincount(cluster.astype(np.int64) * classes + label, minlength=clusters * classes)
    return flat.reshape(clusters, classes).astype(np.int64)


def match_clusters(
    cluster: NDArray[np.integer], label: NDArray[np.integer], *, clusters: int, classes: int
) -> NDArray[np.int64]:
    """The class (C,) of each cluster: one cluster for each class, so that most of the given galaxies are right.

    With more clusters than classes, a surplus cluster takes the class that most of its galaxies have, an empty one the
    most frequent class, and which clusters are the surplus is chosen so that, with this rule, most galaxies are right.
    With fewer, some classes have no cluster and are never predicted.

    Raises:
        InputError: as `contingency`.
    """
    return match_counts(contingency(cluster, label, clusters=clusters, classes=classes))


def match_counts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """`match_clusters` from a contingency table (C, K)."""
    assigned: NDArray[np.int64] = counts.argmax(axis=1).astype(np.int64)
    assigned[counts.sum(axis=1) == 0] = counts.sum(axis=0).argmax()
    # What matching a cluster loses against its majority: a constant per cluster apart, so nothing new where all match.
    rows, columns = linear_sum_assignment(counts - counts.max(axis=1, keepdims=True), maximize=True)
    assigned[rows] = columns
    return assigned
