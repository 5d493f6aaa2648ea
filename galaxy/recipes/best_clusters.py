"""Clusters features with an ensemble of heads on nearest neighbours, in a space that is chosen without labels.

M is the number of galaxies, D of features, C of clusters, K of classes and S of seeds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.clustering.clusters_file import Clusters
from galaxy.clustering.kmeans import distances, fit_centres
from galaxy.clustering.neighbour_heads import fit_neighbour_heads
from galaxy.clustering.stability import stability
from galaxy.data.manifest import Manifest
from galaxy.errors import ArgumentError
from galaxy.features.umap_reduction import fit_umap
from galaxy.features.whitening import Whitening, fit_whitening, unit_rows
from galaxy.recipes.clusters import match_and_compare

METHODS = ("heads", "kmeans")
REDUCTIONS = ("whitening", "umap")


@dataclass(frozen=True, kw_only=True)
class BestClusters:
    """The result of `cluster_best`.

    Attributes:
        clusters: The clusters of all galaxies.
        reduced: (M, P) features in the space of the clustering.
        explained_variance_ratio: (P,) share of the training galaxies' variance in each dimension before whitening; a
            single 0 for UMAP, which has none.
        stability: Stability of the clusters by each number of components that was tried; empty if there was one only.
    """

    clusters: Clusters
    reduced: NDArray[np.float32]
    explained_variance_ratio: NDArray[np.float64]
    stability: dict[int, float]

    def stability_by_name(self) -> dict[str, float]:
        """Return `stability` for JSON: with texts as keys, and rounded values."""
        return {str(count): round(value, 6) for count, value in self.stability.items()}


Reduce = Callable[[NDArray[np.floating]], NDArray[np.float32]]


def fit_reduction(
    x: NDArray[np.floating], *, reduction: str, components: int, whitening: float, neighbours: int, seed: int
) -> Reduce:
    """Fit the space in which galaxies are clustered, on the training galaxies (N, D).

    Args:
        x: (N, D) features of the training galaxies.
        reduction: `whitening` or `umap`.
        components: Number of dimensions of the space.
        whitening: Strength of the whitening from 0 to 1, see `fit_whitening`.
        neighbours: Number of nearest neighbours of UMAP.
        seed: Seed of UMAP.

    Raises:
        ArgumentError: If the reduction is unknown or an argument is out of range.
        InputError: If UMAP is asked for and not installed.
    """
    if reduction == "whitening":
        return fit_whitening(x, components=components, strength=whitening)
    if reduction == "umap":
        return fit_umap(x, components=components, neighbours=neighbours, seed=seed)
    raise ArgumentError(f"reduction is {reduction!r}; allowed are {', '.join(REDUCTIONS)}")


def fit_distances(
    x: NDArray[np.float32], *, method: str, clusters: int, heads: int, neighbours: int, updates: int, seed: int
) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """Fit a clustering to (N, D) training galaxies; return a function from (M, D) galaxies to (M, C) distances.

    Distances of `kmeans` are Euclidean between rows of unit length. Those of `heads` are sqrt(-2 log q) of the
    probability q, so that a softmax of -d^2 / 2 is the probability.

    Args:
        x: (N, D) reduced features of the training galaxies.
        method: `heads` or `kmeans`.
        clusters: Number of clusters, C.
        heads: Number of heads, of which the one with the smallest loss is used.
        neighbours: Number of nearest neighbours with which each galaxy forms pairs.
        updates: Number of updates of the heads.
        seed: Seed of the clustering.

    Raises:
        ArgumentError: If the method is unknown or an argument is out of range.
    """
    if method == "kmeans":
        centres = fit_centres(unit_rows(x), clusters=clusters, restarts=10, seed=seed)
        return lambda given: distances(unit_rows(given), centres)
    if method != "heads":
        raise ArgumentError(f"method is {method!r}; allowed are {', '.join(METHODS)}")
    fitted = fit_neighbour_heads(x, clusters=clusters, heads=heads, neighbours=neighbours, updates=updates, seed=seed)
    floor = float(np.finfo(np.float32).tiny)
    return lambda given: np.sqrt(-2 * np.log(np.clip(fitted.probability(given), floor, 1.0)))


def choose_components(
    x: NDArray[np.floating], *, candidates: Sequence[int], clusters: int, seed: int, space: Mapping[str, Any]
) -> tuple[int, dict[int, float]]:
    """Choose the number of components by the stability of k-means in their space, without labels.

    Args:
        x: (N, D) features of the training galaxies.
        candidates: Numbers of components to try; of equally stable ones the first wins. Numbers that are too large for
            N galaxies are left out. If half of the galaxies are too few to be clustered, the first is taken.
        clusters: Number of clusters, C.
        seed: Seed of the random halves of the galaxies.
        space: Arguments of `fit_reduction` except `components` and `seed`.

    Returns:
        The chosen number, and the stability of each candidate.
    """
    found: dict[int, float] = {}
    most = min(len(x) - 1, x.shape[1])
    possible = [count for count in candidates if count <= most] or list(candidates[:1])
    halves = len(x) // 2
    if len(possible) == 1 or halves < 2 * clusters:
        return possible[0], found
    for count in possible:
        reduced = fit_reduction(x, **space, components=count, seed=seed)(x)

        def fit(part: NDArray[np.float32], seed: int) -> Callable[[NDArray[np.float32]], NDArray[np.int64]]:
            centres = fit_centres(unit_rows(part), clusters=clusters, restarts=3, seed=seed)
            return lambda given: distances(unit_rows(given), centres).argmin(axis=1).astype(np.int64)

        found[count] = stability(fit, reduced, repeats=3, seed=seed)
    return max(possible, key=lambda count: found[count]), found


def cluster_best(
    features: NDArray[np.float32],
    galaxies: Manifest,
    classes: Sequence[str],
    *,
    clusters: int | None,
    seeds: Sequence[int],
    reduction: str,
    components: Sequence[int],
    whitening: float,
    method: str,
    heads: int,
    neighbours: int,
    updates: int,
    alternatives: Sequence[str] = (),
) -> BestClusters:
    """Reduce, cluster once per seed and match clusters to classes on training labels.

    Args:
        features: (M, D) features, one row for each galaxy of the manifest.
        galaxies: The manifest.
        classes: Names of the K classes.
        clusters: Number of clusters, C; None takes K.
        seeds: Seeds; one clustering is made with each.
        reduction: `whitening` or `umap`.
        components: Numbers of dimensions of the reduced space that are tried; the one with the most stable clusters
            is taken.
        whitening: Strength of the whitening from 0 to 1, see `fit_whitening`.
        method: `heads` or `kmeans`.
        heads: Number of heads, of which the one with the smallest loss is used.
        neighbours: Number of nearest neighbours with which each galaxy forms pairs.
        updates: Number of updates of the heads.
        alternatives: Names in `ALTERNATIVES` of further clusterings of the reduced features, made with the first seed.

    Raises:
        ArgumentError: If an argument is out of range.
    """
    train, count = galaxies.split == "train", clusters or len(classes)
    neighbours = min(neighbours, int(train.sum()) - 1)
    clustering: dict[str, Any] = {
        "method": method,
        "clusters": count,
        "heads": heads,
        "neighbours": neighbours,
        "updates": updates,
    }
    space: dict[str, Any] = {"reduction": reduction, "whitening": whitening, "neighbours": neighbours}
    chosen, tried = choose_components(
        features[train], candidates=components, clusters=count, seed=seeds[0], space=space
    )
    reduce = fit_reduction(features[train], **space, components=chosen, seed=seeds[0])
    reduced = reduce(features)
    every = [fit_distances(reduced[train], **clustering, seed=seed)(reduced) for seed in seeds]
    distance = np.stack(every)
    result = match_and_compare(distance, reduced, galaxies, classes, seeds=seeds, alternatives=alternatives)
    share = reduce.explained_variance_ratio if isinstance(reduce, Whitening) else np.zeros(1)
    return BestClusters(clusters=result, reduced=reduced, explained_variance_ratio=share, stability=tried)
