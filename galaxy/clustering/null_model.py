"""The accuracy that Hungarian matching gives to random clusters, which is above 1 / K."""

import numpy as np
from numpy.typing import NDArray

from galaxy.clustering.hungarian import contingency, match_counts
from galaxy.errors import InputError


def null_accuracies(
    train_cluster: NDArray[np.integer],
    train_label: NDArray[np.integer],
    test_cluster: NDArray[np.integer],
    test_label: NDArray[np.integer],
    *,
    clusters: int,
    classes: int,
    draws: int = 200,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Compute test accuracies after randomly permuting which galaxy is in which cluster.

    Cluster sizes and class counts do not change. Clusters are matched on the training galaxies. For the report's
    protocol, which matches and scores on all galaxies, give the same arrays twice: each draw is then permuted once and
    scored on the galaxies on which it was matched.

    Args:
        train_cluster: (N,) clusters of the training galaxies.
        train_label: (N,) their classes.
        test_cluster: (M,) clusters of the test galaxies.
        test_label: (M,) their classes.
        clusters: Number of clusters.
        classes: Number of classes.
        draws: Number of permutations.
        seed: Seed of the permutations.

    Returns:
        (draws,) accuracies.

    Raises:
        InputError: If `draws` is below 1, shapes differ, or a cluster or label is outside its range.
    """
    if draws < 1:
        raise InputError(f"draws is {draws}; it must be at least 1, and at least 200 for an interval")
    contingency(test_cluster, test_label, clusters=clusters, classes=classes)  # refuses what does not fit
    rng = np.random.default_rng(seed)
    same = train_cluster is test_cluster
    accuracies = np.empty(draws)
    for draw in range(draws):
        shuffled = rng.permutation(train_cluster)
        assigned = match_counts(contingency(shuffled, train_label, clusters=clusters, classes=classes))
        scored = shuffled if same else rng.permutation(test_cluster)
        accuracies[draw] = np.mean(assigned[scored] == test_label)
    return accuracies
