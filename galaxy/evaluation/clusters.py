"""How well clusters agree with classes, without saying which cluster is which class.

Letters: N galaxies, C clusters, K classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.cluster import adjusted_rand_score, normalized_mutual_info_score, silhouette_score


@dataclass(frozen=True)
class Agreement:
    """Three views of one contingency table, each 1 for clusters that are the classes."""

    ari: float
    """Adjusted Rand index: 0 expected by chance, may be negative (Hubert & Arabie 1985)."""
    nmi: float
    """Mutual information over the mean of the two entropies, 0 to 1, not adjusted for chance."""
    purity: float
    """Share of the galaxies that have their cluster's most frequent class; grows with the number of clusters."""


def class_agreement(cluster: NDArray[np.integer], label: NDArray[np.integer]) -> Agreement:
    """Agreement of clusters (N,) and classes (N,); both count from 0."""
    counts = np.zeros((int(cluster.max()) + 1, int(label.max()) + 1), dtype=np.int64)
    np.add.at(counts, (cluster, label), 1)
    return Agreement(
        ari=float(adjusted_rand_score(label, cluster)),
        nmi=float(normalized_mutual_info_score(label, cluster)),
        purity=float(counts.max(axis=1).sum() / len(label)),
    )


def silhouette(x: NDArray[np.floating], cluster: NDArray[np.integer], *, sample: int = 2000, seed: int = 0) -> float:
    """Mean silhouette (Rousseeuw 1987) of at most `sample` of N galaxies with features (N, D): -1 to 1.

    NaN where it is undefined: fewer than two clusters, or as many as galaxies.
    """
    if len(x) > sample:
        chosen = np.random.default_rng(seed).choice(len(x), sample, replace=False)
        x, cluster = x[chosen], cluster[chosen]
    if not 2 <= len(np.unique(cluster)) < len(cluster):
        return float("nan")
    return float(silhouette_score(x, cluster))
