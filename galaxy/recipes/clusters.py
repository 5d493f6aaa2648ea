"""Clusters the galaxies, matches the clusters to classes, and computes class probabilities."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy.clustering.alternatives import cluster_with
from galaxy.clustering.clusters_file import Clusters
from galaxy.clustering.hungarian import match_clusters
from galaxy.clustering.kmeans import distances, fit_centres
from galaxy.clustering.probability import class_distances, distance_probability, fit_scale, hard_probability
from galaxy.clustering.seed_agreement import seed_agreement
from galaxy.data.manifest import Manifest
from galaxy.predictions import Predictions


def cluster_all(
    features: NDArray[np.float32],
    galaxies: Manifest,
    classes: Sequence[str],
    *,
    clusters: int | None,
    restarts: int,
    seeds: Sequence[int],
    alternatives: Sequence[str] = (),
) -> Clusters:
    """Run k-means once per seed on the training galaxies, match clusters to their labels, and apply both to all.

    Args:
        features: (M, D) features, a row for each galaxy of the manifest.
        galaxies: The manifest.
        classes: Names of the K classes.
        clusters: Number of clusters C; None takes K.
        restarts: Number of runs of k-means, of which the best is kept.
        seeds: Seeds; one clustering is made with each.
        alternatives: Names in `ALTERNATIVES` of further clusterings, which are made with the first seed.

    Raises:
        ArgumentError: If `clusters` or `restarts` is out of range.
        InputError: If the features are not finite.
    """
    train, count = galaxies.split == "train", clusters or len(classes)
    centres = [fit_centres(features[train], clusters=count, restarts=restarts, seed=seed) for seed in seeds]
    distance = np.stack([distances(features, of_seed) for of_seed in centres])
    return match_and_compare(distance, features, galaxies, classes, seeds=seeds, alternatives=alternatives)


def match_and_compare(
    distance: NDArray[np.float32],
    features: NDArray[np.float32],
    galaxies: Manifest,
    classes: Sequence[str],
    *,
    seeds: Sequence[int],
    alternatives: Sequence[str],
) -> Clusters:
    """Match clusters to classes on the training labels, and cluster the same features by other methods.

    Args:
        distance: (S, M, C) distances to the centres, for each of S seeds.
        features: (M, D) features, a row for each galaxy of the manifest.
        galaxies: The manifest.
        classes: Names of the K classes.
        seeds: The S seeds.
        alternatives: Names in `ALTERNATIVES` of the other methods.
    """
    train, count = galaxies.split == "train", distance.shape[2]
    # With one seed, because the slowest of them takes a minute on all of Galaxy10.
    others = [cluster_with(name, features, train, clusters=count, seed=seeds[0]) for name in alternatives]

    def match(cluster: NDArray[np.int64]) -> NDArray[np.int64]:
        return match_clusters(cluster[train], galaxies.label[train], clusters=count, classes=len(classes))

    cluster = distance.argmin(axis=2).astype(np.int64)
    return Clusters(
        id=galaxies.id,
        split=galaxies.split,
        label=galaxies.label,
        seed=np.asarray(seeds, dtype=np.int64),
        cluster=cluster,
        assigned_class=np.stack([match(of_seed) for of_seed in cluster]),
        distance=distance,
        classes=np.asarray(classes, dtype=np.str_),
        manifest=galaxies.sha256,
        agreement=seed_agreement(cluster),
        also=np.asarray(alternatives, dtype="U32"),
        also_cluster=np.array(others, dtype=np.int64).reshape(len(others), len(features)),
        also_assigned_class=np.array([match(other) for other in others], dtype=np.int64).reshape(len(others), count),
    )


def predict_classes(found: Clusters, *, probability: str) -> Predictions:
    """Compute class probabilities of the validation and test galaxies.

    Args:
        found: Clusters, from `cluster_all`.
        probability: `distance` for a softmax of squared distances, whose scale is fitted on the validation labels;
            `hard` for one-hot assignments.
    """
    validation = found.split == "validation"
    keep = found.split != "train"
    rows: list[NDArray[np.float32]] = []
    for distance, assigned in zip(found.distance, found.assigned_class, strict=True):
        nearest = class_distances(distance, assigned, classes=len(found.classes))
        if probability == "hard":
            rows.append(hard_probability(nearest[keep]))
        else:
            scale = fit_scale(nearest[validation], found.label[validation])
            rows.append(distance_probability(nearest[keep], scale=scale))
    return Predictions(
        id=found.id[keep],
        split=found.split[keep],
        label=found.label[keep],
        seed=found.seed,
        probability=np.stack(rows),
        classes=found.classes,
        manifest=found.manifest,
    )
