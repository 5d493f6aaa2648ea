"""What evaluation of a clustering reads: clusters, what was clustered, and the embeddings that it came from.

Letters: S seeds, M galaxies in the manifest's order, C clusters, A further clusterings.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.data.manifest import Manifest
from galaxy.errors import InputError
from stages.evaluate_inputs import read_arrays

_CLUSTERS = ("cluster", "assigned_class", "distance", "agreement", "also", "also_cluster", "also_assigned_class")


@dataclass(frozen=True, kw_only=True)
class Clusters:
    """A clustering of all galaxies, and others beside it."""

    cluster: NDArray[np.int64]
    """(S, M)."""
    assigned_class: NDArray[np.int64]
    """(S, C) class of each cluster."""
    distance: NDArray[np.float32]
    """(S, M, C) to each centre."""
    agreement: NDArray[np.float64]
    """(S, S) adjusted Rand index between seeds."""
    also: NDArray[np.str_]
    """(A,) names."""
    also_cluster: NDArray[np.int64]
    """(A, M)."""
    also_assigned_class: NDArray[np.int64]
    """(A, C)."""


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


def read_clusters(path: Path, manifest: Manifest) -> Clusters:
    """The clusters of exactly the manifest's galaxies.

    Raises:
        InputError: the file is damaged or belongs to other galaxies.
    """
    arrays = read_arrays(path, ("id", *_CLUSTERS, "manifest"), manifest)
    if not np.array_equal(arrays["id"], manifest.id):
        raise InputError(f"{path} holds other galaxies than the manifest; run the clustering again")
    return Clusters(**{name: arrays[name] for name in _CLUSTERS})


def read_features(embeddings: Path, components: Path, manifest: Manifest) -> Features:
    """Features of exactly the manifest's galaxies.

    Raises:
        InputError: a file is damaged or lacks galaxies.
    """
    before = read_arrays(embeddings, ("id", "embedding", "manifest"), manifest)
    after = read_arrays(components, ("id", "embedding", "explained_variance_ratio", "source", "manifest"), manifest)
    return Features(
        embedding=_in_order(embeddings, before, manifest),
        component=_in_order(components, after, manifest),
        explained_variance=float(after["explained_variance_ratio"].sum()),
        source=json.loads(str(after["source"])),
    )


def _in_order(path: Path, arrays: Mapping[str, Any], manifest: Manifest) -> NDArray[np.float32]:
    order = np.argsort(arrays["id"])
    if not np.array_equal(arrays["id"][order], manifest.id):
        raise InputError(f"{path} holds other galaxies than the manifest; run the embedding again")
    embedding: NDArray[np.float32] = arrays["embedding"][order]
    return embedding
