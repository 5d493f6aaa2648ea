"""Reads and writes the file of clusters: those of k-means for each seed, and those of further clusterings.

In the shapes, S is the number of seeds, M of galaxies, C of clusters, K of classes and A of further clusterings.
"""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError
from galaxy.npz import read_npz, write_npz


@dataclass(frozen=True, kw_only=True, eq=False)
class Clusters:
    """Clusters of all galaxies by k-means and by further clusterings; the constructor checks them.

    Raises:
        InputError: If shapes do not fit each other or numbers are out of range.
    """

    id: NDArray[np.str_]
    """(M,) galaxy ids, sorted."""
    split: NDArray[np.str_]
    """(M,) train, validation or test."""
    label: NDArray[np.int64]
    """(M,) true class."""
    seed: NDArray[np.int64]
    """(S,) seed of each k-means clustering."""
    cluster: NDArray[np.int64]
    """(S, M) cluster of each galaxy."""
    assigned_class: NDArray[np.int64]
    """(S, C) class of each cluster, matched on the training labels."""
    distance: NDArray[np.float32]
    """(S, M, C) Euclidean distance to each centre."""
    classes: NDArray[np.str_]
    """(K,) class names in label order."""
    manifest: str
    """SHA-256 of the split manifest."""
    agreement: NDArray[np.float64]
    """(S, S) adjusted Rand index between the clusterings of each pair of seeds."""
    also: NDArray[np.str_]
    """(A,) names of further clusterings."""
    also_cluster: NDArray[np.int64]
    """(A, M) cluster of each galaxy in the further clusterings."""
    also_assigned_class: NDArray[np.int64]
    """(A, C) class of each cluster of the further clusterings."""

    def __post_init__(self) -> None:
        if self.distance.ndim != 3 or not self.distance.size:
            raise InputError(
                f"distances have shape {self.distance.shape}; it must be (seeds, galaxies, clusters), each above 0"
            )
        (seeds, galaxies, clusters), alternatives = self.distance.shape, self.also.size
        for name, shape, kind in (
            ("id", (galaxies,), "U"),
            ("split", (galaxies,), "U"),
            ("label", (galaxies,), "i"),
            ("seed", (seeds,), "i"),
            ("cluster", (seeds, galaxies), "i"),
            ("assigned_class", (seeds, clusters), "i"),
            ("distance", (seeds, galaxies, clusters), "f"),
            ("classes", (self.classes.size,), "U"),
            ("agreement", (seeds, seeds), "f"),
            ("also", (alternatives,), "U"),
            ("also_cluster", (alternatives, galaxies), "i"),
            ("also_assigned_class", (alternatives, clusters), "i"),
        ):
            array = getattr(self, name)
            if array.shape != shape or array.dtype.kind != kind:
                wanted = {"U": "text", "i": "signed integers", "f": "floating-point numbers"}[kind]
                raise InputError(
                    f"{name} has shape {array.shape} and type {array.dtype}; with distances of shape "
                    f"{self.distance.shape} it must have shape {shape} and contain {wanted}"
                )
        for name, limit in (
            ("cluster", clusters),
            ("also_cluster", clusters),
            ("assigned_class", len(self.classes)),
            ("also_assigned_class", len(self.classes)),
            ("label", len(self.classes)),
        ):
            array = getattr(self, name)
            if array.size and not 0 <= int(array.min()) <= int(array.max()) < limit:
                raise InputError(
                    f"{name} has values from {array.min()} to {array.max()}; they must be between 0 and {limit - 1}"
                )
        for name, array in (("distance", self.distance), ("agreement", self.agreement)):
            if not np.isfinite(array).all():
                raise InputError(f"{name} contains NaN or infinity")


def save_clusters(path: Path, clusters: Clusters) -> None:
    """Write clusters as an .npz file, atomically; equal content gives equal bytes."""
    arrays: dict[str, Any] = {item.name: np.asarray(getattr(clusters, item.name)) for item in fields(Clusters)}
    write_npz(path, arrays)


def load_clusters(path: Path) -> Clusters:
    """Read and check a file of clusters.

    Raises:
        InputError: If the file is missing, damaged, no .npz, lacks an array, or its content is invalid.
    """
    arrays: dict[str, Any] = read_npz(path, [item.name for item in fields(Clusters)], writer="stages.kmeans_hungarian")
    try:
        return Clusters(**(arrays | {"manifest": str(arrays["manifest"])}))
    except InputError as error:
        raise InputError(f"{path}: {error}; run stages.kmeans_hungarian again") from None
