"""The file of clusters: over all galaxies, for each seed.

Letters: S seeds, M galaxies, C clusters, K classes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.atomic import atomic_path
from galaxy.errors import InputError

_KEYS = ("id", "split", "label", "seed", "cluster", "assigned_class", "distance", "classes", "manifest")


@dataclass(frozen=True, kw_only=True, eq=False)
class Clusters:
    """k-means over all galaxies; checked when made.

    Raises:
        InputError: shapes that do not go together, or numbers outside their range.
    """

    id: NDArray[np.str_]
    """(M,) galaxy ids, sorted."""
    split: NDArray[np.str_]
    """(M,) train, validation or test."""
    label: NDArray[np.int64]
    """(M,) true class."""
    seed: NDArray[np.int64]
    """(S,) of each clustering."""
    cluster: NDArray[np.int64]
    """(S, M) cluster of each galaxy."""
    assigned_class: NDArray[np.int64]
    """(S, C) class of each cluster, matched on training labels."""
    distance: NDArray[np.float32]
    """(S, M, C) Euclidean, to each centre."""
    classes: NDArray[np.str_]
    """(K,) names in label order."""
    manifest: str
    """SHA-256 of the split manifest."""
    extra: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)
    """Further arrays: `agreement` (S, S) of seeds; `also` (A,), `also_cluster` (A, M), `also_assigned_class` (A, C)."""

    def __post_init__(self) -> None:
        seeds, galaxies, clusters = self.distance.shape if self.distance.ndim == 3 else (-1, -1, -1)
        for name, array, shape in (
            ("id", self.id, (galaxies,)),
            ("split", self.split, (galaxies,)),
            ("label", self.label, (galaxies,)),
            ("seed", self.seed, (seeds,)),
            ("cluster", self.cluster, (seeds, galaxies)),
            ("assigned_class", self.assigned_class, (seeds, clusters)),
        ):
            if array.shape != shape:
                raise InputError(
                    f"{name} is {array.shape}; beside distances of {self.distance.shape} it must be {shape}"
                )
        for name, array, limit in (
            ("cluster", self.cluster, clusters),
            ("assigned_class", self.assigned_class, len(self.classes)),
            ("label", self.label, len(self.classes)),
        ):
            if array.size and not 0 <= int(array.min()) <= int(array.max()) < limit:
                raise InputError(f"{name} runs from {array.min()} to {array.max()}; allowed is 0 to {limit - 1}")
        if not np.isfinite(self.distance).all():
            raise InputError("distances hold NaN or infinity; cluster again")


def save_clusters(path: Path, clusters: Clusters) -> None:
    """Write as .npz, atomically; equal content gives equal bytes."""
    arrays = {key: np.asarray(getattr(clusters, key)) for key in _KEYS}
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **arrays, **clusters.extra)  # type: ignore[arg-type]
