"""k-means with restarts, fitted on the training galaxies and applied to all galaxies.

In the shapes, N is the number of training galaxies, M of all galaxies, C of clusters and D of features.
"""

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from galaxy.errors import ArgumentError, InputError


def fit_centres(
    x: NDArray[np.floating], *, clusters: int, restarts: int, iterations: int = 300, seed: int
) -> NDArray[np.float64]:
    """Fit centres by Lloyd's algorithm with k-means++ initialisation, and keep the best of several runs.

    One thread is used, because scikit-learn adds partial sums in the order in which threads finish.

    Args:
        x: (N, D) features of the training galaxies.
        clusters: Number of clusters, C, from 1 to the number of galaxies with different features.
        restarts: Number of runs, at least 1.
        iterations: Largest number of iterations in a run.
        seed: Seed of the initial centres.

    Returns:
        (C, D) centres, sorted by increasing distance from the mean of the features.

    Raises:
        ArgumentError: If `clusters` or `restarts` is out of range.
        InputError: If features have the wrong shape or are not finite.

    Example:
        >>> fit_centres(np.array([[0.0], [1.0], [9.0], [11.0]]), clusters=2, restarts=1, seed=0)
        array([[10. ],
               [ 0.5]])
    """
    if x.ndim != 2:
        raise InputError(f"the features have shape {x.shape}; it must be (N, D): compute them again")
    if not np.isfinite(x).all():
        raise InputError("the features contain NaN or infinity; compute them again")
    if not 1 <= clusters <= len(x):
        raise ArgumentError(
            f"clusters is {clusters}; it must be between 1 and {len(x)}, the number of training galaxies"
        )
    if restarts < 1:
        raise ArgumentError(f"restarts is {restarts}; it must be at least 1")
    distinct = len(np.unique(x, axis=0)) if clusters > 1 else 1
    if distinct < clusters:
        raise ArgumentError(
            f"clusters is {clusters}; it must be at most {distinct}, the number of different features among the "
            "training galaxies"
        )
    exact = x.astype(np.float64)
    with threadpool_limits(1):
        fitted = KMeans(clusters, n_init=restarts, max_iter=iterations, random_state=seed).fit(exact)
    centres: NDArray[np.float64] = fitted.cluster_centers_
    order = np.argsort(np.square(centres - exact.mean(axis=0)).sum(axis=1), kind="stable")
    return centres[order]


def distances(x: NDArray[np.floating], centres: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return (M, C) Euclidean distances of (M, D) features to (C, D) centres."""
    exact = x.astype(np.float64)
    with threadpool_limits(1):  # the last bits depend on the number of threads
        product = exact @ centres.T
    squared = np.square(exact).sum(axis=1)[:, None] - 2 * product + np.square(centres).sum(axis=1)
    distance: NDArray[np.float32] = np.sqrt(np.maximum(squared, 0)).astype(np.float32)
    return distance
