"""Evaluates a row of clusters: agreement with the classes, null model, probes, and other clusterings.

S is the number of seeds, M of galaxies, C of clusters and K of classes.
"""

import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.clustering.clusters_file import Clusters
from galaxy.clustering.hungarian import contingency, match_clusters
from galaxy.clustering.null_model import null_accuracies
from galaxy.clustering.probability import class_distances, distance_probability, fit_scale
from galaxy.data.manifest import Manifest
from galaxy.errors import ArgumentError
from galaxy.evaluation.cluster_scores import class_agreement, shuffled_agreement, silhouette
from galaxy.evaluation.probes import knn_right, linear_probe_accuracy
from galaxy.evaluation.ranking import one_vs_rest
from galaxy.recipes.evaluate_inputs import Features


class Measure:
    """Scores clusterings of the same galaxies.

    Args:
        manifest: The galaxies with their classes and splits.
        clusters: Number of clusters, C.
        classes: Number of classes, K.
        draws: Number of shuffles of the null model.
        seed: Seed of the shuffles.
    """

    def __init__(self, manifest: Manifest, *, clusters: int, classes: int, draws: int, seed: int) -> None:
        self.label, self.clusters, self.classes = manifest.label, clusters, classes
        self.train, self.validation, self.test = (manifest.split == split for split in ("train", "validation", "test"))
        self.sizes = {"clusters": clusters, "classes": classes, "draws": draws, "seed": seed}

    def scores(self, cluster: NDArray[np.int64], assigned: NDArray[np.int64]) -> dict[str, float]:
        """Score a clustering on the test galaxies.

        Args:
            cluster: (M,) cluster of each galaxy.
            assigned: (C,) class of each cluster, matched on training labels.

        Returns:
            `accuracy`; `accuracy_all`, matched and scored on all galaxies as in the report; `ari`, `nmi`, `ami`,
            `purity`.
        """
        label, test = self.label, self.test
        all_matched = match_clusters(cluster, label, clusters=self.clusters, classes=self.classes)
        agreed = class_agreement(cluster[test], label[test])
        return {
            "accuracy": float(np.mean(assigned[cluster[test]] == label[test])),
            "accuracy_all": float(np.mean(all_matched[cluster] == label)),
            "ari": agreed.ari,
            "nmi": agreed.nmi,
            "ami": agreed.ami,
            "purity": agreed.purity,
        }

    def null(self, cluster: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the (draws,) accuracies of shuffled clusters on the test galaxies."""
        train, test, label = self.train, self.test, self.label
        return null_accuracies(cluster[train], label[train], cluster[test], label[test], **self.sizes)

    def null_agreement(self, cluster: NDArray[np.int64]) -> dict[str, dict[str, float]]:
        """Return the ranges of `ari`, `nmi` and `ami` of shuffled clusters on the test galaxies."""
        given = {"draws": self.sizes["draws"], "seed": self.sizes["seed"]}
        found = shuffled_agreement(cluster[self.test], self.label[self.test], **given)
        return {name: _band(values) for name, values in found.items()}

    def null_all(self, cluster: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the (draws,) accuracies of shuffled clusters, matched and scored on all galaxies as in the report."""
        return null_accuracies(cluster, self.label, cluster, self.label, **self.sizes)

    def areas(self, distance: NDArray[np.float32], assigned: NDArray[np.int64]) -> dict[str, float]:
        """Return the mean ROC AUC over the classes on the test galaxies.

        Args:
            distance: (M, C) distance of each galaxy to each centre.
            assigned: (C,) class of each cluster.

        Returns:
            `roc_auc_distance` of probabilities from distances, and `roc_auc_hard` of one-hot assignments, from which
            the report's value probably comes.
        """
        label, test, held_out = self.label, self.test, self.validation
        nearest = class_distances(distance, assigned, classes=self.classes)
        scale = fit_scale(nearest[held_out], label[held_out])
        hard = np.eye(self.classes)[assigned[distance[test].argmin(axis=1)]]
        return {
            "roc_auc_distance": _mean_area(distance_probability(nearest[test], scale=scale), label[test]),
            "roc_auc_hard": _mean_area(hard, label[test]),
        }


def evaluate_clusters(
    clusters: Clusters,
    features: Features,
    manifest: Manifest,
    *,
    neighbours: int,
    probe_strength: float,
    null_draws: int,
    seed: int,
) -> tuple[dict[str, NDArray[np.float64]], dict[str, Any]]:
    """Evaluate a clustering, and compare it with a null model and two probes of its features.

    Args:
        clusters: Clusters of the manifest's galaxies.
        features: Features that were clustered.
        manifest: The galaxies with their classes and splits.
        neighbours: Number of nearest training galaxies that vote in the first probe.
        probe_strength: Inverse penalty of the linear probe, scikit-learn's C.
        null_draws: Number of shuffles of the null model.
        seed: Seed of the shuffles and of the silhouette's sample.

    Returns:
        Metrics by name, (S,) each, for the metrics file; and further JSON values for the page.

    Raises:
        ArgumentError: If there are fewer training galaxies than `neighbours`.
    """
    if neighbours > (count := int((manifest.split == "train").sum())):
        raise ArgumentError(
            f"neighbours is {neighbours}; it must be between 1 and {count}, the number of training galaxies"
        )
    classes = len(clusters.classes)
    seeds, count = clusters.assigned_class.shape
    measure = Measure(manifest, clusters=count, classes=classes, draws=null_draws, seed=seed)
    found = [
        measure.scores(cluster, assigned) | measure.areas(distance, assigned)
        for cluster, assigned, distance in zip(
            clusters.cluster, clusters.assigned_class, clusters.distance, strict=True
        )
    ]
    figures = {name: np.array([scores[name] for scores in found]) for name in found[0] if name != "accuracy"}
    null = np.stack([measure.null(cluster) for cluster in clusters.cluster])
    train, test, label = measure.train, measure.test, manifest.label
    inner, outer = (features.embedding[train], label[train]), (features.embedding[test], label[test])
    right, first = knn_right(*inner, *outer, k=neighbours), clusters.cluster[0]
    probe = float("nan")
    if len(np.unique(inner[1])) > 1:
        probe = linear_probe_accuracy(*inner, *outer, strength=probe_strength)
    else:
        print("linear_probe_accuracy is undefined, because all training galaxies belong to one class", file=sys.stderr)
    other_seeds = clusters.agreement[np.triu_indices(seeds, 1)]
    figures["null_accuracy"] = null.mean(axis=1)
    whole = {
        "null_accuracy_high": float(np.quantile(null, 0.975)),
        "knn_accuracy": float(right.mean()),
        "linear_probe_accuracy": probe,
        "silhouette": silhouette(features.component[test], first[test], seed=seed),
        "components": float(features.component.shape[1]),
        "explained_variance": features.explained_variance,
    }
    if seeds > 1:
        whole["seed_ari"] = float(other_seeds.mean())
    figures |= {name: np.full(seeds, value) for name, value in whole.items()}
    details = {
        "null": _band(null),
        "null_agreement": measure.null_agreement(first),
        "null_all": _band(np.stack([measure.null_all(cluster) for cluster in clusters.cluster])),
        "also": [
            {"name": str(name), **measure.scores(cluster, assigned), "null": _band(measure.null(cluster))}
            for name, cluster, assigned in zip(
                clusters.also, clusters.also_cluster, clusters.also_assigned_class, strict=True
            )
        ],
        "neighbours": neighbours,
        "knn_right": right.astype(int).tolist(),
        "clusters": count,
        "contingency": contingency(first[test], label[test], clusters=count, classes=classes).tolist(),
        "assigned_class": clusters.assigned_class[0].tolist(),
        "dimensions": features.embedding.shape[1],
        "source": dict(features.source),
        "majority": float(np.mean(label[test] == np.bincount(label[train]).argmax())),
    }
    return figures, details


def _mean_area(probability: NDArray[np.floating], label: NDArray[np.int64]) -> float:
    area, _ = one_vs_rest(probability, label)
    return float("nan") if np.isnan(area).all() else float(np.nanmean(area))


def _band(draws: NDArray[np.float64]) -> dict[str, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return {"mean": float(draws.mean()), "low": float(low), "high": float(high), "draws": draws.shape[-1]}
