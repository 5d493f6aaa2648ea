"""Computes two curves of the row `dino-best`, over the number of clusters and over the share of rejected galaxies."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from galaxy.clustering.clusters_file import Clusters
from galaxy.clustering.null_model import null_accuracies
from galaxy.data.manifest import Manifest
from galaxy.recipes.best_ablation import scores_on_test
from galaxy.recipes.clusters import cluster_all

_DRAWS = 50  # shuffles over which the accuracy of random clusters is averaged
_STEPS = 10  # shares of rejected galaxies, from none in steps of a tenth


def cluster_curve(
    reduced: NDArray[np.float32],
    galaxies: Manifest,
    classes: Sequence[str],
    *,
    counts: Sequence[int],
    seed: int,
) -> list[dict[str, float]]:
    """Score k-means with different numbers of clusters in the space of the row.

    With more clusters than classes, a surplus cluster takes the class that most of its training galaxies have.

    Args:
        reduced: (M, P) features in that space, of unit length.
        galaxies: The manifest.
        classes: Names of the K classes.
        counts: Numbers of clusters; those above a third of the training galaxies are left out.
        seed: Seed of k-means and of the shuffles.

    Returns:
        For each number of clusters: `clusters`, the scores of `scores_on_test`, and `null_accuracy`, the mean accuracy
        of shuffled clusters.
    """
    train, test = galaxies.split == "train", galaxies.split == "test"
    rows = []
    for count in sorted(set(counts)):
        if 3 * count > train.sum():
            continue
        found = cluster_all(reduced, galaxies, classes, clusters=count, restarts=3, seeds=[seed])
        cluster, label = found.cluster[0], galaxies.label
        sizes: dict[str, int] = {"clusters": count, "classes": len(classes), "draws": _DRAWS, "seed": seed}
        null = null_accuracies(cluster[train], label[train], cluster[test], label[test], **sizes)
        rows.append({"clusters": float(count), **scores_on_test(found), "null_accuracy": round(float(null.mean()), 6)})
    return rows


def rejection_curve(found: Clusters) -> list[dict[str, float]]:
    """Return the accuracy on the test galaxies that remain when the least certain ones are rejected.

    Certainty is the largest probability of a cluster, where probabilities are the softmax of -d^2 / 2 of the distances
    d; it uses no labels.

    Returns:
        For each share, `rejected` and `accuracy`, the mean over the seeds.
    """
    test = found.split == "test"
    label, count = found.label[test], int(test.sum())
    right = []
    for distance, assigned in zip(found.distance[:, test], found.assigned_class, strict=True):
        certain = softmax(-np.square(distance.astype(np.float64)) / 2, axis=1).max(axis=1)
        order = np.argsort(-certain, kind="stable")
        right.append((assigned[distance.argmin(axis=1)] == label)[order])
    rows = []
    for step in range(_STEPS):
        kept = max(1, round(count * (1 - step / _STEPS)))
        accuracy = np.mean([hits[:kept].mean() for hits in right])
        rows.append({"rejected": round(1 - kept / count, 6), "accuracy": round(float(accuracy), 6)})
    return rows
