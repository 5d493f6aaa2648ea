"""Stability of a clustering: a criterion that needs no labels to choose between clusterings."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

Fit = Callable[[NDArray[np.float32], int], Callable[[NDArray[np.float32]], NDArray[np.int64]]]
"""Fits a clustering to (N, D) features with a seed, and returns a function from (M, D) features to (M,) clusters."""


def stability(fit: Fit, x: NDArray[np.float32], *, repeats: int, seed: int) -> float:
    """Compute the agreement of clusterings that are fitted to two halves of the galaxies.

    The idea is that of Lange et al. 2004 (Neural Computation 16, 1299). They count the galaxies of one half on which
    the clusterings differ after the best matching of clusters; here all galaxies are compared by the adjusted Rand
    index, which needs no matching.

    Args:
        fit: Function that fits the clustering.
        x: (N, D) features of the training galaxies.
        repeats: Number of random divisions into halves, at least 1.
        seed: Seed of the divisions and of the clusterings.

    Returns:
        Mean adjusted Rand index over all N galaxies: 1 for equal clusterings, 0 on average by chance.
    """
    rng, found = np.random.default_rng(seed), []
    for repeat in range(repeats):
        order = rng.permutation(len(x))
        halves = (np.sort(order[: len(x) // 2]), np.sort(order[len(x) // 2 :]))
        one, other = (fit(x[half], seed + repeat)(x) for half in halves)
        found.append(float(adjusted_rand_score(one, other)))
    return float(np.mean(found))
