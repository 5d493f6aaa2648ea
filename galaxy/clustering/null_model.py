"""What Hungarian matching makes of clusters that know nothing: the accuracy to beat, which is above 1 / K."""

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
    """Test accuracies (draws,) after shuffling which galaxy is in which cluster, matching learned on training labels.

    Cluster sizes and class counts stay as they are on both sides. For the report's protocol, matched and scored on all
    galaxies, give the same arrays twice: a draw is then shuffled once and scored where it was matched.

    Raises:
        InputError: fewer than one draw, or inputs that `contingency` refuses.
    """
    if draws < 1:
        raise InputError(f"draws is {draws}; at least 1 is needed, 200 for a band")
    rng = np.random.default_rng(seed)
    same = train_cluster is test_cluster
    accuracies = np.empty(draws)
    for draw in range(draws):
        shuffled = rng.permutation(train_cluster)
        assigned = match_counts(contingency(shuffled, train_label, clusters=clusters, classes=classes))
        scored = shuffled if same else rng.permutation(test_cluster)
        accuracies[draw] = np.mean(assigned[scored] == test_label)
    return accuracies
