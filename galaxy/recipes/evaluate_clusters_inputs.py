"""What evaluation of a clustering reads: clusters, what was clustered, and the embeddings that it came from.

Letters: M galaxies in the manifest's order, D features, P principal components.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.clustering.storage import Clusters, load_clusters
from galaxy.data.manifest import Manifest
from galaxy.errors import InputError
from galaxy.features.storage import load_embeddings
from galaxy.recipes.evaluate_inputs import check_manifest, read_arrays


@dataclass(frozen=True, kw_only=True)
class Features:
    """What was clustered, and what it was before the PCA."""

    embedding: NDArray[np.float32]
    """(M, D)."""
    component: NDArray[np.float32]
    """(M, P) principal components."""
    explained_variance: float
    """Share of the training galaxies' variance that the components keep."""
    source: Mapping[str, Any]
    """What made them."""


def read_clusters(path: Path, manifest: Manifest, *, classes: int) -> Clusters:
    """The clusters of exactly the manifest's galaxies.

    Raises:
        InputError: the file is damaged or belongs to other galaxies or classes.
    """
    found = load_clusters(path)
    check_manifest(path, found.manifest, manifest)
    if not np.array_equal(found.id, manifest.id):
        raise InputError(f"{path} holds other galaxies than the manifest; run the clustering again")
    if len(found.classes) != classes:
        raise InputError(f"{path} knows {len(found.classes)} classes, the predictions {classes}; run kmeans again")
    return found


def read_features(embeddings: Path, components: Path, manifest: Manifest) -> Features:
    """Features of exactly the manifest's galaxies.

    Raises:
        InputError: a file is damaged or lacks galaxies.
    """
    found = []
    for path in (embeddings, components):
        stored = load_embeddings(path)
        check_manifest(path, stored.manifest, manifest)
        if not np.array_equal(stored.id, manifest.id):
            raise InputError(f"{path} holds other galaxies than the manifest; run the embedding again")
        found.append(stored)
    before, after = found
    variance = read_arrays(components, ("explained_variance_ratio",))["explained_variance_ratio"]
    if variance.dtype.kind != "f" or not np.isfinite(variance).all():
        raise InputError(f"{components}: explained_variance_ratio holds no finite numbers; run pca again")
    return Features(
        embedding=before.embedding,
        component=after.embedding,
        explained_variance=float(variance.sum()),
        source=after.source,
    )
