"""Agreement of clusterings with different seeds."""

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score


def seed_agreement(cluster: NDArray[np.integer]) -> NDArray[np.float64]:
    """Return the (S, S) adjusted Rand indices between S clusterings (S, M) of the same galaxies.

    The index is 1 for equal clusterings; its expected value by chance is 0.
    """
    seeds = len(cluster)
    index = np.eye(seeds)
    for one in range(seeds):
        for other in range(one):
            index[one, other] = index[other, one] = adjusted_rand_score(cluster[one], cluster[other])
    return index
