"""Projects features onto a plane, and clusters them."""

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError

METHODS = ("pca", "umap")
_RESTARTS = 3


def check_method(method: str) -> None:
    """Check that what a method needs is installed.

    Raises:
        InputError: If the method is unknown, or its package is not installed.
    """
    if method not in METHODS:
        raise InputError(f"unknown method {method!r}; allowed are {' and '.join(METHODS)}")
    if find_spec("sklearn") is None or find_spec("threadpoolctl") is None:
        raise InputError("a map needs scikit-learn: pip install 'galaxy-morphology-benchmark[map]'")
    if method == "umap" and find_spec("umap") is None:
        raise InputError(
            "umap needs the package umap-learn, which is not installed: pip install "
            "'galaxy-morphology-benchmark[umap]', or use --method pca"
        )


def to_plane(features: NDArray[np.floating], *, method: str) -> NDArray[np.float32]:
    """Project features onto a plane.

    Args:
        features: (N, D), N at least 3.
        method: `pca` for the first two principal components, `umap` for UMAP (McInnes et al. 2018).

    Returns:
        (N, 2).

    Raises:
        InputError: If all features are the same.
    """
    from galaxy.features.pca import fit_components

    if method == "umap":
        from galaxy.features.umap_reduction import fit_umap

        neighbours = min(15, len(features) - 1)
        return fit_umap(features, components=2, neighbours=neighbours, seed=0)(features)
    found = fit_components(features, variance=1.0)(features)[:, :2]
    flat = np.zeros((len(features), 2), dtype=np.float32)
    flat[:, : found.shape[1]] = found
    return flat


def to_clusters(features: NDArray[np.floating], *, count: int) -> NDArray[np.int64]:
    """Return the (N,) k-means cluster of each galaxy; clusters are numbered by size, the largest first.

    Args:
        features: (N, D).
        count: Number of clusters; fewer where fewer galaxies differ.

    Example:
        >>> to_clusters(np.array([[9.0], [0.0], [0.1], [0.2]]), count=2)
        array([1, 0, 0, 0])
    """
    from galaxy.clustering.kmeans import distances, fit_centres

    most = min(count, len(np.unique(features, axis=0)))
    centres = fit_centres(features, clusters=most, restarts=_RESTARTS, seed=0)
    cluster = distances(features, centres).argmin(axis=1)
    rank = np.argsort(np.argsort(-np.bincount(cluster, minlength=most), kind="stable"))
    numbered: NDArray[np.int64] = rank[cluster].astype(np.int64)
    return numbered
