"""What each step of the row `dino-best` adds to plain k-means, as a table."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import adjusted_mutual_info_score

from galaxy.clustering.clusters_file import Clusters
from galaxy.data.manifest import Manifest
from galaxy.evaluation.clusters import class_agreement
from galaxy.recipes.best_clusters import cluster_best
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
        ami = float(adjusted_mutual_info_score(label, cluster[test]))
        rows.append((float(np.mean(assigned[cluster[test]] == label)), agreed.ari, agreed.nmi, ami))
    return dict(zip(("accuracy", "ari", "nmi", "ami"), np.mean(rows, axis=0).round(6).tolist(), strict=True))


def ablate(
    features: Mapping[str, NDArray[np.float32]],
    galaxies: Manifest,
    classes: Sequence[str],
    *,
    seeds: Sequence[int],
    clusters: int | None,
    whitening: float,
    components: int,
    **clustering: Any,
) -> list[dict[str, Any]]:
    """Score plain k-means on each set of features, then further steps on the last set.

    Args:
        features: (M, D) each, by the name of the step that made them, in order.
        galaxies: The manifest.
        classes: Names of the classes.
        seeds: Seeds of the clusterings.
        clusters: Number of clusters; None takes that of the classes.
        whitening: Strength of the whitening.
        components: Number of components of the whitened space.
        clustering: Further arguments of `cluster_best`.

    Returns:
        A row per step: its name and its scores on the test galaxies.
    """
    rows = []
    for name, x in features.items():
        found = cluster_all(x, galaxies, classes, clusters=clusters, restarts=10, seeds=seeds)
        rows.append({"step": name, **scores_on_test(found)})
    last = list(features.values())[-1]
    steps: list[tuple[str, dict[str, Any]]] = [
        ("whitening", {"method": "kmeans", "whitening": whitening}),
        ("heads on neighbours", {"method": "heads", "whitening": whitening}),
    ]
    for name, changes in steps:
        arguments = clustering | {"reduction": "whitening", "components": [components]} | changes
        best = cluster_best(last, galaxies, classes, clusters=clusters, seeds=seeds, **arguments)
        rows.append({"step": name, **scores_on_test(best.clusters)})
    return rows
