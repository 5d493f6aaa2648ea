"""What evaluation adds for rows that cluster: agreement with the classes, null band, upper bounds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.clustering.hungarian import contingency, match_clusters
from galaxy.clustering.null_model import null_accuracies
from galaxy.data.manifest import Manifest
from galaxy.errors import InputError
from galaxy.evaluation.clusters import agreement, silhouette
from galaxy.evaluation.probes import knn_accuracy, linear_probe_accuracy
from galaxy.evaluation.ranking import one_vs_rest
from stages.evaluate_inputs import read_arrays
from stages.evaluate_section import BoundsSection


@dataclass(frozen=True)
class Clusters:
    """A clustering of all M galaxies, in the manifest's order."""

    cluster: NDArray[np.int64]
    """(S, M) cluster of each galaxy, per seed."""
    assigned: NDArray[np.int64]
    """(S, C) class of each cluster."""
    count: int
    """Clusters C."""


def read_clusters(path: Path, manifest: Manifest) -> Clusters:
    """The clusters of exactly the manifest's galaxies.

    Raises:
        InputError: the file is damaged or belongs to other galaxies.
    """
    arrays = read_arrays(path, ("id", "cluster", "assigned_class", "manifest"), manifest)
    if not np.array_equal(arrays["id"], manifest.id):
        raise InputError(f"{path} holds other galaxies than the manifest; run the clustering again")
    assigned = arrays["assigned_class"]
    return Clusters(cluster=arrays["cluster"], assigned=assigned, count=assigned.shape[1])


def read_embeddings(path: Path, manifest: Manifest) -> NDArray[np.float32]:
    """(M, D) features in the manifest's order.

    Raises:
        InputError: the file is damaged or lacks galaxies.
    """
    arrays = read_arrays(path, ("id", "embedding", "manifest"), manifest)
    order = np.argsort(arrays["id"])
    if not np.array_equal(arrays["id"][order], manifest.id):
        raise InputError(f"{path} holds other galaxies than the manifest; run the embedding again")
    embedding: NDArray[np.float32] = arrays["embedding"][order]
    return embedding


def evaluate_clusters(
    clusters: Clusters,
    features: NDArray[np.float32],
    manifest: Manifest,
    *,
    classes: int,
    section: BoundsSection,
    seed: int,
) -> tuple[dict[str, NDArray[np.float64]], dict[str, Any]]:
    """Figures per seed (S,) for the metrics file, and what the page shows besides."""
    train, test = manifest.split == "train", manifest.split == "test"
    label = manifest.label
    count = clusters.count
    per_seed: dict[str, list[float]] = {
        name: [] for name in ("accuracy_all", "ari", "nmi", "purity", "null_accuracy", "roc_auc_hard")
    }
    bands: dict[str, Any] = {}
    for index, cluster in enumerate(clusters.cluster):
        all_matched = match_clusters(cluster, label, clusters=count, classes=classes)
        per_seed["accuracy_all"].append(float(np.mean(all_matched[cluster] == label)))
        agreed = agreement(cluster[test], label[test])
        for name in ("ari", "nmi", "purity"):
            per_seed[name].append(getattr(agreed, name))
        sizes = {"clusters": count, "classes": classes, "draws": section.null_draws, "seed": seed}
        null = null_accuracies(cluster[train], label[train], cluster[test], label[test], **sizes)
        per_seed["null_accuracy"].append(float(null.mean()))
        area, _ = one_vs_rest(np.eye(classes)[clusters.assigned[index][cluster[test]]], label[test])
        per_seed["roc_auc_hard"].append(float(np.nanmean(area)) if not np.isnan(area).all() else float("nan"))
        if index == 0:
            bands = {"null": _band(null), "null_all": _band(null_accuracies(cluster, label, cluster, label, **sizes))}
    inner, outer = (features[train], label[train]), (features[test], label[test])
    neighbours = knn_accuracy(*inner, *outer, k=section.neighbours)
    probe = linear_probe_accuracy(*inner, *outer, strength=section.probe_strength)
    seeds = len(clusters.cluster)
    first = clusters.cluster[0]
    figures = {name: np.array(values) for name, values in per_seed.items()}
    figures |= {"knn_accuracy": np.full(seeds, neighbours), "linear_probe_accuracy": np.full(seeds, probe)}
    details = bands | {
        "neighbours": section.neighbours,
        "contingency": contingency(first[test], label[test], clusters=count, classes=classes).tolist(),
        "assigned_class": clusters.assigned[0].tolist(),
        "silhouette": silhouette(features[test], first[test], seed=seed),
        "majority": float(np.mean(label[test] == np.bincount(label[train]).argmax())),
    }
    return figures, details


def _band(draws: NDArray[np.float64]) -> dict[str, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return {"mean": float(draws.mean()), "low": float(low), "high": float(high), "draws": len(draws)}
