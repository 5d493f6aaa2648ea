"""Clusterings that are compared with k-means, which assumes round clusters of equal size.

In the shapes, N is the number of training galaxies, M of all galaxies, C of clusters and D of features.
"""

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering, SpectralClustering
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from galaxy.errors import ArgumentError, InputError

_NEIGHBOURS = 15  # neighbours of each galaxy in the graph of the spectral clustering


def _gaussian_mixture(
    train: NDArray[np.float64], everything: NDArray[np.float64], clusters: int, seed: int
) -> NDArray[np.integer]:
    # Full covariances of a hundred components would need more galaxies than small classes have.
    scale = np.square(train).mean()
    mixture = GaussianMixture(clusters, covariance_type="diag", reg_covar=1e-6 * scale, random_state=seed)
    labels: NDArray[np.integer] = mixture.fit(train).predict(everything)
    return labels


def _agglomerative(
    train: NDArray[np.float64], everything: NDArray[np.float64], clusters: int, seed: int
) -> NDArray[np.integer]:
    del seed  # agglomerative clustering draws nothing
    return _spread(train, AgglomerativeClustering(clusters, linkage="ward").fit_predict(train), everything)


def _spectral(
    train: NDArray[np.float64], everything: NDArray[np.float64], clusters: int, seed: int
) -> NDArray[np.integer]:
    if clusters == len(train):  # one galaxy in each cluster; the decomposition below needs more galaxies than clusters
        return _spread(train, np.arange(clusters), everything)
    neighbours = min(_NEIGHBOURS, len(train))
    graph = SpectralClustering(clusters, affinity="nearest_neighbors", n_neighbors=neighbours, random_state=seed)
    with warnings.catch_warnings():
        # If the graph has several components, the components become clusters, which is intended.
        warnings.filterwarnings("ignore", message="Graph is not fully connected", category=UserWarning)
        return _spread(train, graph.fit_predict(train), everything)


def _spread(
    train: NDArray[np.float64], labels: NDArray[np.integer], everything: NDArray[np.float64]
) -> NDArray[np.integer]:
    nearest = NearestNeighbors(n_neighbors=1).fit(train).kneighbors(everything, return_distance=False)
    joined: NDArray[np.integer] = labels[nearest[:, 0]]
    return joined


ALTERNATIVES: dict[str, Callable[[NDArray[np.float64], NDArray[np.float64], int, int], NDArray[np.integer]]] = {
    "gaussian-mixture": _gaussian_mixture,
    "agglomerative": _agglomerative,
    "spectral": _spectral,
}


def cluster_with(
    name: str, x: NDArray[np.floating], train: NDArray[np.bool_], *, clusters: int, seed: int
) -> NDArray[np.int64]:
    """Cluster the training galaxies and assign all galaxies to these clusters.

    A Gaussian mixture with diagonal covariances assigns each galaxy to its most likely component. Agglomerative (Ward)
    and spectral clustering (on the graph of 15 nearest neighbours) cluster the training galaxies only; each other
    galaxy gets the cluster of the nearest training galaxy.

    Args:
        name: A name in `ALTERNATIVES`.
        x: (M, D) features.
        train: (M,) whether each galaxy is a training galaxy.
        clusters: Number of clusters, C, from 2 to N.
        seed: Seed of the random initialisation.

    Returns:
        (M,) clusters from 0.

    Raises:
        ArgumentError: If there are more clusters than training galaxies, or fewer than two.
        InputError: If the name is unknown, or features are not finite.
    """
    if name not in ALTERNATIVES:
        raise InputError(f"unknown clustering {name!r}; allowed are {', '.join(ALTERNATIVES)}")
    if not np.isfinite(x).all():
        raise InputError("the features contain NaN or infinity; compute them again")
    count = int(train.sum())
    if not 2 <= clusters <= count:
        raise ArgumentError(
            f"clusters is {clusters}; for {name} it must be between 2 and {count}, the number of training galaxies"
        )
    exact = x.astype(np.float64)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return ALTERNATIVES[name](exact[train], exact, clusters, seed).astype(np.int64)
