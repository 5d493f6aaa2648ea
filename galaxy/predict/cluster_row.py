"""Classifies images with a row of clusters: an image gets the class of the cluster nearest to its reduced features.

Everything that was fitted is computed again from the pipeline's files: principal components are fitted on the same
training features, and centres follow from their distances to the galaxies. Both are compared with the files.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from galaxy.clustering.clusters_file import Clusters
from galaxy.clustering.kmeans import distances
from galaxy.clustering.probability import class_distances, distance_probability, fit_scale, hard_probability
from galaxy.errors import InputError
from galaxy.features.embeddings_file import Embeddings
from galaxy.features.pca import Components, fit_components
from galaxy.models.saved_network import Description
from galaxy.predict.trained_row import BATCH, symmetries_of
from galaxy.predictions import Predictions

_CLOSE = 1e-3
"""Relative difference from the stored values, which are 32-bit numbers, up to which a fit counts as the same."""

Encode = Callable[[Tensor], Tensor]
"""Computes (B, D) features from (B, S, S, 3) uint8 images."""

Reduce = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Computes (n, P) reduced features from (n, D) features."""

Distances = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Computes (n, C) distances to the clusters from (n, P) reduced features."""


@dataclass(eq=False)
class ClusterRow:
    """One row of clusters.

    Attributes:
        folder: Folder of the file of clusters.
        description: Name, classes, size and crop.
        seeds: Seeds of the clusterings that are used.
        device: Device that computes.
        files: The files that were read.
        encode: Returns the features of images.
        reduce: Returns what is clustered, such as principal components, for features.
        distances: For each seed, a function that returns the distances of reduced features from its clusters.
        assigned: (C,) classes of the clusters of each seed.
        scales: Scale of the probabilities of each seed; None for one-hot probabilities.
        batch_size: Number of images that are computed at a time.
    """

    folder: Path
    description: Description
    seeds: list[int]
    device: torch.device
    files: Sequence[Path]
    encode: Encode
    reduce: Reduce
    distances: list[Distances]
    assigned: list[NDArray[np.int64]]
    scales: list[float | None]
    batch_size: int = BATCH

    def classify(
        self, images: NDArray[np.uint8], *, symmetries: bool = False, mean_features: bool = False
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Return class probabilities and features of images.

        Args:
            images: (n, S, S, 3) uint8 of the pipeline's size.
            symmetries: Whether probabilities are means over the eight flips and quarter turns.
            mean_features: Whether features are means over these as well; else they are those of the image as it is.

        Returns:
            (n, K) probabilities, means over the seeds, and (n, P) reduced features.
        """
        ways = symmetries_of(torch.from_numpy(images)) if symmetries else [torch.from_numpy(images)]
        reduced = [self.reduce(self._embed(way)) for way in ways]
        total = np.zeros((len(images), len(self.description.classes)))
        for turned in reduced:
            for distance, assigned, scale in zip(self.distances, self.assigned, self.scales, strict=True):
                nearest = class_distances(distance(turned), assigned, classes=total.shape[1])
                total += hard_probability(nearest) if scale is None else distance_probability(nearest, scale=scale)
        features: NDArray[np.float32] = np.stack(reduced).mean(axis=0) if mean_features else reduced[0]
        return total / (len(reduced) * len(self.seeds)), features

    @torch.inference_mode()
    def _embed(self, images: Tensor) -> NDArray[np.float32]:
        batches = torch.split(images, self.batch_size)
        parts = [self.encode(batch.to(self.device)).float().cpu().numpy() for batch in batches]
        return np.concatenate(parts)


def refit_components(embeddings: Embeddings, reduced: Embeddings, clusters: Clusters) -> Components:
    """Fit the principal components again, and compare them with the file.

    Args:
        embeddings: Features of all galaxies.
        reduced: Their principal components as the file has them, with the settings by which they were fitted.
        clusters: The clusters of these, which name the training galaxies.

    Returns:
        The projection of features onto the components.

    Raises:
        InputError: If they differ from those in the file.
    """
    settings = reduced.source["pca"]
    train = clusters.id[clusters.split == "train"]
    found = fit_components(
        embeddings.of(train, manifest=clusters.manifest),
        variance=float(settings["variance"]),
        scaling=str(settings["scaling"]),
        blocks=int(embeddings.source.get("blocks", 1)),
    )
    stored = reduced.of(clusters.id, manifest=clusters.manifest)
    check_refit(found(embeddings.of(clusters.id, manifest=clusters.manifest)), stored, "principal components")
    return found


def find_centres(reduced: NDArray[np.float32], distance: NDArray[np.float32]) -> NDArray[np.float64]:
    """Find the points (C, D) that have these distances (M, C) to points (M, D).

    With x a point and c a centre, distance² - x² = c² - 2 x c is linear in c and c², so least squares over all points
    gives both.

    Raises:
        InputError: If the points do not determine the centres.
    """
    exact = reduced.astype(np.float64)
    middle = exact.mean(axis=0)
    exact = exact - middle
    known = np.square(distance.astype(np.float64)) - np.square(exact).sum(axis=1, keepdims=True)
    design = np.concatenate([-2 * exact, np.ones((len(exact), 1))], axis=1)
    found, _, rank, _ = np.linalg.lstsq(design, known, rcond=None)
    if rank < design.shape[1]:
        raise InputError(f"{len(exact)} galaxies are too few to find centres in {exact.shape[1]} dimensions")
    centres: NDArray[np.float64] = found[:-1].T + middle
    check_refit(distances(reduced, centres), distance, "distances to the centres")
    return centres


def find_scales(clusters: Clusters, stored: Predictions) -> list[float | None]:
    """Fit the scale of each seed's probabilities on validation labels; it is None where they are one-hot.

    Raises:
        InputError: If the probabilities differ from those in the file.
    """
    keep, validation = clusters.split != "train", clusters.split == "validation"
    scales: list[float | None] = []
    for distance, assigned, probability in zip(
        clusters.distance, clusters.assigned_class, stored.probability, strict=True
    ):
        nearest = class_distances(distance, assigned, classes=len(clusters.classes))
        if np.array_equal(hard_probability(nearest[keep]), probability):
            scales.append(None)
            continue
        scale = fit_scale(nearest[validation], clusters.label[validation])
        check_refit(distance_probability(nearest[keep], scale=scale), probability, "probabilities")
        scales.append(scale)
    return scales


def check_refit(found: NDArray[np.float32], stored: NDArray[np.float32], name: str) -> None:
    """Compare what was computed again with the file.

    Args:
        found: What was computed again.
        stored: The same from the file.
        name: What it is, for the message.

    Raises:
        InputError: If they differ by more than rounding.
    """
    size = float(np.abs(stored).max()) or 1.0
    if found.shape != stored.shape or float(np.abs(found - stored).max()) > _CLOSE * size:
        raise InputError(f"the {name} are not those of the files; run dvc repro, which makes all of them again")
