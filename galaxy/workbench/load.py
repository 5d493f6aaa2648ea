"""Loads a row of the table as a function of images: `from galaxy import load`."""

from collections.abc import Sequence
from pathlib import Path

import torch

from galaxy.device import pick_device
from galaxy.errors import InputError
from galaxy.predict.find_row import find_row
from galaxy.predict.loaded_row import Classify
from galaxy.predict.trained_row import load_row
from galaxy.workbench.cluster_names import cluster_rows
from galaxy.workbench.find_training_data import training_pixels


def load(
    row: str | Path,
    *,
    models: str | Path = "data/models",
    device: str | torch.device | None = None,
    seeds: Sequence[int] | None = None,
) -> Classify:
    """Load a row of the table.

    Args:
        row: Name of the row, or the path of the folder of a trained or exported one. Rows of clusters, such as
            `dino-kmeans`, are opened from the pipeline's files and need its extra.
        models: Folder of the trained rows.
        device: Device that computes, such as `cpu`, `cuda` or `cuda:1`; None takes a GPU if there is one.
        seeds: Seeds of the trainings or clusterings to use; None takes the mean of all.

    Returns:
        A function from images to class probabilities.

    Raises:
        InputError: If there is no such row, training or device, or a file is damaged.

    Example:
        >>> from galaxy import load
        >>> classify = load("custom")  # doctest: +SKIP
        >>> found = classify(["m31.png", "m33.png"])  # doctest: +SKIP
        >>> found.predicted  # doctest: +SKIP
        ('Unbarred Tight Spiral', 'Unbarred Loose Spiral')
    """
    picked = pick_device(None if device is None else str(device), setting="device")
    root = Path(models).parent
    clusters = cluster_rows(root)
    if str(row) in clusters:
        try:
            from galaxy.workbench.refit_cluster_row import open_cluster_row
        except ImportError as error:
            raise InputError(
                f"rows of clusters need {error.name}, which is not installed: "
                "pip install 'galaxy-morphology-benchmark[pipeline]'"
            ) from None
        of_clusters = open_cluster_row(str(row), root, device=picked, seeds=seeds)
        scale, side = training_pixels(Path(models) / str(row), manifest=of_clusters.description.manifest)
        return Classify(of_clusters, training_scale=scale, training_side=side)
    trained = load_row(find_row(str(row), Path(models), clusters=clusters), device=picked, seeds=seeds)
    scale, side = training_pixels(trained.folder, manifest=trained.description.manifest)
    return Classify(trained, training_scale=scale, training_side=side)
