"""Measures of agreement between clusters and classes that need no matching of clusters to classes.

Letters: N galaxies, C clusters, K classes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.cluster import adjusted_rand_score, normalized_mutual_info_score, silhouette_score


@dataclass(frozen=True)
class Agreement:
    """Three measures of agreement, each 1 if the clusters are the classes.

    Attributes:
        ari: Adjusted Rand index (Hubert & Arabie 1985); its expected value by chance is 0, and it can be negative.
        nmi: Mutual information divided by the mean of the two entropies, 0 to 1; not adjusted for chance.
        purity: Share of the galaxies that have the most frequent class of their cluster; it increases with the number
            of clusters.
    """

    ari: float
    nmi: float
    purity: float


def class_agreement(cluster: NDArray[np.integer], label: NDArray[np.integer]) -> Agreement:
    """Measure the agreement of clusters and classes.

    Args:
        cluster: (N,) clusters from 0.
        label: (N,) classes from 0.

    Example:
        >>> class_agreement(np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1]))
        Agreement(ari=1.0, nmi=1.0, purity=1.0)
    """
    counts = np.zeros((int(cluster.max()) + 1, int(label.max()) + 1), dtype=np.int64)
    np.add.at(counts, (cluster, label), 1)
    return Agreement(
        ari=float(adjusted_rand_score(label, cluster)),
        nmi=float(normalized_mutual_info_score(label, cluster)),
        purity=float(counts.max(axis=1).sum() / len(label)),
    )


def silhouette(x: NDArray[np.floating], cluster: NDArray[np.integer], *, sample: int = 2000, seed: int = 0) -> float:
    """Compute the mean silhouette (Rousseeuw 1987) of a random sample of the galaxies.

    Args:
        x: (N, D) features.
        cluster: (N,) clusters.
        sample: Largest number of galaxies in the sample.
        seed: Seed of the sample.

    Returns:
        Mean silhouette from -1 to 1; NaN if there are fewer than two clusters, or as many clusters as galaxies.
    """
    if len(x) > sample:
        chosen = np.random.default_rng(seed).choice(len(x), sample, replace=False)
        x, cluster = x[chosen], cluster[chosen]
    if not 2 <= len(np.unique(cluster)) < len(cluster):
        return float("nan")
    return float(silhouette_score(x, cluster))
