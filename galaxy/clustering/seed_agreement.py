"""Whether a clustering is the same from seed to seed."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score


def seed_agreement(cluster: NDArray[np.integer]) -> NDArray[np.float64]:
    """Adjusted Rand index (S, S) between clusterings (S, M) of the same galaxies: 1 the same, 0 as by chance."""
    seeds = len(cluster)
    index = np.eye(seeds)
    for one in range(seeds):
        for other in range(one):
            index[one, other] = index[other, one] = adjusted_rand_score(cluster[one], cluster[other])
    return index
