"""Measures what each step of the row `dino-best` adds to plain k-means."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.clustering.clusters_file import Clusters
from galaxy.data.manifest import Manifest
from galaxy.evaluation.cluster_scores import class_agreement
from galaxy.features.whitening import unit_rows
from galaxy.recipes.best_clusters import BestClusters
from galaxy.recipes.clusters import cluster_all


def scores_on_test(found: Clusters) -> dict[str, float]:
    """Score a clustering on the test galaxies: `accuracy`, matched on training labels, `ari`, `nmi`, `ami`.

    Each is the mean over the seeds.
    """
    test = found.split == "test"
    label = found.label[test]
    rows = []
    for cluster, assigned in zip(found.cluster, found.assigned_class, strict=True):
        agreed = class_agreement(cluster[test], label)
        rows.append((float(np.mean(assigned[cluster[test]] == label)), agreed.ari, agreed.nmi, agreed.ami))
    return dict(zip(("accuracy", "ari", "nmi", "ami"), np.mean(rows, axis=0).round(6).tolist(), strict=True))


def ablate(
    features: Mapping[str, NDArray[np.float32]],
    best: BestClusters,
    galaxies: Manifest,
    classes: Sequence[str],
    *,
    seeds: Sequence[int],
    clusters: int | None,
    reduction: str,
    method: str,
) -> list[dict[str, Any]]:
    """Score plain k-means on each set of features and in the reduced space, then the row itself.

    Args:
        features: (M, D) features by the name of the step that computed them, in order.
        best: Result of the row, from `cluster_best`.
        galaxies: The manifest.
        classes: Names of the classes.
        seeds: Seeds of the clusterings.
        clusters: Number of clusters of plain k-means; None takes the number of classes. If the row `dino-best` has
            another number, the table has one more line for that step.
        reduction: Name of the reduction, for the table.
        method: The row's clustering method, `heads` or `kmeans`.

    Returns:
        For each step its name and its scores on the test galaxies.
    """
    reduced = unit_rows(best.reduced).astype(np.float32)
    rows = []
    for name, x in {**features, reduction: reduced}.items():
        found = cluster_all(x, galaxies, classes, clusters=clusters, restarts=3, seeds=seeds)
        rows.append({"step": name, **scores_on_test(found)})
    finer = best.clusters.distance.shape[2]
    if finer != (clusters or len(classes)):
        found = cluster_all(reduced, galaxies, classes, clusters=finer, restarts=3, seeds=seeds)
        rows.append({"step": "more clusters", **scores_on_test(found)})
    if method == "heads":
        rows.append({"step": "heads on neighbours", **scores_on_test(best.clusters)})
    return rows
