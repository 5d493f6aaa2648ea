"""Reads the files that the evaluation of a row needs, and checks that they belong to the same split.

M is the number of galaxies, in the manifest's order, D of features and P of principal components.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.clustering.clusters_file import Clusters, load_clusters
from galaxy.data.manifest import Manifest, read_manifest
from galaxy.errors import InputError
from galaxy.features.embeddings_file import load_embeddings
from galaxy.npz import read_npz
from galaxy.predictions import Predictions, load_predictions


@dataclass(frozen=True, kw_only=True)
class Features:
    """The components that were clustered, and the embeddings from which they were computed."""

    embedding: NDArray[np.float32]
    """(M, D) features before the reduction."""
    component: NDArray[np.float32]
    """(M, P) principal components."""
    explained_variance: float
    """Share of the training galaxies' variance that the components keep, 0 to 1."""
    source: Mapping[str, Any]
    """JSON values that describe how the features were computed."""


def read_arrays(path: Path, keys: Sequence[str], manifest: Manifest | None = None) -> dict[str, Any]:
    """Read some arrays of an .npz file and, if a manifest is given, check that the file belongs to it.

    Raises:
        InputError: If the file is missing or damaged, lacks an array, or belongs to another manifest.
    """
    arrays: dict[str, Any] = read_npz(path, keys, writer="the stage that writes it")
    if manifest is not None:
        check_manifest(path, str(arrays["manifest"]), manifest)
    return arrays


def check_manifest(path: Path, digest: str, manifest: Manifest) -> None:
    """Check that a file belongs to the split of the manifest.

    Raises:
        InputError: If the hashes differ.
    """
    if digest != manifest.sha256:
        raise InputError(
            f"{path} belongs to the split manifest {digest[:12]}, not to this one, {manifest.sha256[:12]}, so that "
            "its figures cannot be compared; run the stage that writes it again"
        )


def read_row_predictions(predictions: Path, manifest: Path) -> tuple[Manifest, Predictions]:
    """Read the predictions of a row and the manifest that they belong to.

    Raises:
        InputError: If a file is damaged, the predictions are not of exactly the manifest's validation and test
            galaxies, or the manifest has no test galaxies.
    """
    galaxies, stored = read_manifest(manifest), load_predictions(predictions)
    check_manifest(predictions, stored.manifest, galaxies)
    held_out = galaxies.where("validation", "test")
    for name in ("id", "split", "label"):
        if not np.array_equal(getattr(stored, name), getattr(held_out, name)):
            raise InputError(
                f"{predictions}: {name} differs from the manifest's validation and test galaxies; "
                "run the stage that writes it again"
            )
    if not (galaxies.split == "test").any():
        raise InputError(f"{manifest} has no test galaxies to evaluate on; make a split with a larger test share")
    return galaxies, stored


def read_clusters(path: Path, manifest: Manifest, *, classes: int) -> Clusters:
    """Read the clusters of exactly the manifest's galaxies.

    Raises:
        InputError: If the file is damaged or belongs to other galaxies or classes.
    """
    found = load_clusters(path)
    check_manifest(path, found.manifest, manifest)
    if not np.array_equal(found.id, manifest.id):
        raise InputError(f"{path} contains other galaxies than the manifest; run the clustering again")
    if len(found.classes) != classes:
        raise InputError(
            f"{path} has {len(found.classes)} classes and the predictions {classes}; run the clustering again"
        )
    return found


def read_features(embeddings: Path, components: Path, manifest: Manifest) -> Features:
    """Read the embeddings and components of exactly the manifest's galaxies.

    Raises:
        InputError: If a file is damaged, belongs to another manifest or lacks galaxies.
    """
    found = []
    for path in (embeddings, components):
        stored = load_embeddings(path)
        check_manifest(path, stored.manifest, manifest)
        if not np.array_equal(stored.id, manifest.id):
            raise InputError(f"{path} contains other galaxies than the manifest; run the embedding again")
        found.append(stored)
    before, after = found
    variance = read_arrays(components, ("explained_variance_ratio",))["explained_variance_ratio"]
    if variance.dtype.kind != "f" or not np.isfinite(variance).all():
        raise InputError(f"{components}: explained_variance_ratio contains no finite numbers; run the PCA again")
    return Features(
        embedding=before.embedding,
        component=after.embedding,
        explained_variance=float(variance.sum()),
        source=after.source,
    )


def read_study(path: Path) -> dict[str, Any]:
    """Read what each step of the row `dino-best` adds to plain k-means.

    Raises:
        InputError: If the file is missing or is not a JSON object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read ({error}); run stages.dino_best again") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} does not contain a JSON object; run stages.dino_best again")
    return content
