"""Measures how well clusters agree with classes, without matching clusters to classes.

In the shapes, N is the number of galaxies, C of clusters, K of classes and D of features.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.cluster import (
    adjusted_mutual_info_score,
    adjusted_rand_score,
    expected_mutual_information,
    normalized_mutual_info_score,
    silhouette_score,
)


@dataclass(frozen=True)
class Agreement:
    """Four measures of agreement, each 1 if the clusters are the classes.

    Attributes:
        ari: Adjusted Rand index (Hubert & Arabie 1985); its expected value by chance is 0, and it can be negative.
        nmi: Mutual information divided by the mean of the two entropies, 0 to 1; not adjusted for chance.
        purity: Share of the galaxies that have the most frequent class of their cluster; it increases with the number
            of clusters.
        ami: Mutual information adjusted for chance (Vinh, Epps & Bailey 2010); its expected value by chance is 0.
    """

    ari: float
    nmi: float
    purity: float
    ami: float


def class_agreement(cluster: NDArray[np.integer], label: NDArray[np.integer]) -> Agreement:
    """Return the agreement of (N,) clusters and (N,) classes; both count from 0.

    Example:
        >>> class_agreement(np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1]))
        Agreement(ari=1.0, nmi=1.0, purity=1.0, ami=1.0)
    """
    counts = _contingency(cluster, label, int(cluster.max()) + 1, int(label.max()) + 1)
    return Agreement(
        ari=float(adjusted_rand_score(label, cluster)),
        nmi=float(normalized_mutual_info_score(label, cluster)),
        purity=float(counts.max(axis=1).sum() / len(label)),
        ami=float(adjusted_mutual_info_score(label, cluster)),
    )


def shuffled_agreement(
    cluster: NDArray[np.integer], label: NDArray[np.integer], *, draws: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Return the agreement of classes with randomly permuted clusters, whose sizes do not change.

    Args:
        cluster: (N,) clusters, from 0.
        label: (N,) classes, from 0.
        draws: Number of shuffles.
        seed: Seed of the shuffles.

    Returns:
        Arrays (draws,) of `ari`, `nmi` and `ami`, by name.
    """
    # Sizes of clusters and classes, and with them entropies and expectations, are the same in every shuffle.
    clusters, classes = int(cluster.max()) + 1, int(label.max()) + 1
    a, b = np.bincount(cluster, minlength=clusters), np.bincount(label, minlength=classes)
    count = len(label)
    entropy = [float(-(p * np.log(p)).sum()) for p in (a[a > 0] / count, b[b > 0] / count)]
    mean_entropy = float(np.mean(entropy))
    counts = _contingency(cluster, label, clusters, classes)
    by_chance = float(expected_mutual_information(counts[a > 0][:, b > 0], count))
    pairs_a, pairs_b, pairs = (float((n * (n - 1) / 2).sum()) for n in (a, b, np.array([count])))
    expected, largest = pairs_a * pairs_b / pairs, (pairs_a + pairs_b) / 2
    rng, product = np.random.default_rng(seed), np.outer(a, b)
    found = np.empty((draws, 3))
    for draw in range(draws):
        n = _contingency(rng.permutation(cluster), label, clusters, classes)
        filled = n > 0
        mutual = float((n[filled] / count * np.log(n[filled] * count / product[filled])).sum())
        found[draw] = (
            _ratio(float((n * (n - 1) / 2).sum()) - expected, largest - expected),
            _ratio(mutual, mean_entropy),
            _ratio(mutual - by_chance, mean_entropy - by_chance),
        )
    return dict(zip(("ari", "nmi", "ami"), found.T, strict=True))


def _contingency(
    cluster: NDArray[np.integer], label: NDArray[np.integer], clusters: int, classes: int
) -> NDArray[np.int64]:
    flat = np.bincount(cluster.astype(np.int64) * classes + label, minlength=clusters * classes)
    return flat.reshape(clusters, classes).astype(np.int64)


def _ratio(part: float, whole: float) -> float:
    return part / whole if abs(whole) > np.finfo(np.float64).eps else 1.0  # as in scikit-learn, if both are constant


def silhouette(x: NDArray[np.floating], cluster: NDArray[np.integer], *, sample: int = 2000, seed: int = 0) -> float:
    """Return the mean silhouette (Rousseeuw 1987), from -1 to 1.

    It is NaN where it is undefined: with fewer than two clusters, or with as many clusters as galaxies.

    Args:
        x: (N, D) features.
        cluster: (N,) clusters.
        sample: Largest number of galaxies; of more galaxies a random sample is taken.
        seed: Seed of the sample.
    """
    if len(x) > sample:
        chosen = np.random.default_rng(seed).choice(len(x), sample, replace=False)
        x, cluster = x[chosen], cluster[chosen]
    if not 2 <= len(np.unique(cluster)) < len(cluster):
        return float("nan")
    return float(silhouette_score(x, cluster))
