"""Measures what the page shows about the row `dino-best` in addition to its metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.data.light_shape import light_shapes
from galaxy.data.manifest import Manifest
from galaxy.features.whitening import unit_rows
from galaxy.recipes.best_ablation import ablate
from galaxy.recipes.best_axes import explained_axes
from galaxy.recipes.best_clusters import BestClusters
from galaxy.recipes.best_curves import cluster_curve, rejection_curve


def study_best(
    found: BestClusters,
    features: Mapping[str, NDArray[np.float32]],
    galaxies: Manifest,
    classes: Sequence[str],
    *,
    before: NDArray[np.float32],
    images: NDArray[np.uint8],
    clusters: int | None,
    seeds: Sequence[int],
    counts: Sequence[int],
    reduction: str,
    method: str,
) -> dict[str, Any]:
    """Measure what each step adds, two curves, and what the leading components depend on.

    Args:
        found: Result of the row, from `cluster_best`.
        features: (M, D) features by the name of the step that computed them, in order.
        galaxies: The manifest.
        classes: Names of the classes.
        before: (M, P) principal components of plain DINO features, which the report's k-means clusters.
        images: (M, s, s, 3) pictures.
        clusters: Number of clusters of plain k-means; None takes the number of classes.
        seeds: Seeds of the clusterings.
        counts: Numbers of clusters for which the curve has a point.
        reduction: Name of the reduction.
        method: Name of the row's clustering method.

    Returns:
        JSON values: `steps`, `curve`, `rejection`, `axes` of the plain components and of the row's, and `stability`.
    """
    measured = light_shapes(images)
    unit = unit_rows(found.reduced).astype(np.float32)
    shared: dict[str, Any] = {"clusters": clusters, "seeds": seeds, "reduction": reduction, "method": method}
    return {
        "steps": ablate({"k-means": before, **features}, found, galaxies, classes, **shared),
        "curve": cluster_curve(unit, galaxies, classes, counts=counts, seed=seeds[0]),
        "rejection": rejection_curve(found.clusters),
        "axes": {
            "dino": explained_axes(before, measured, galaxies, classes=len(classes)),
            "dino-best": explained_axes(found.reduced, measured, galaxies, classes=len(classes)),
        },
        "stability": found.stability_by_name(),
    }
