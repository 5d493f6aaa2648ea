"""Opens a row for a command that applies it, with what is known about the galaxies that it was trained on."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from galaxy.cores import usable_cores
from galaxy.device import pick_device
from galaxy.predict.find_row import find_row
from galaxy.predict.options import Options
from galaxy.predict.row import Row
from galaxy.predict.trained_row import BATCH, load_row
from galaxy.predict.training_data import TrainingData
from galaxy.workbench.cluster_names import cluster_rows
from galaxy.workbench.find_training_data import training_data


@dataclass(frozen=True)
class OpenedRow:
    """A row with what commands need to apply it.

    Attributes:
        row: The row.
        data: The galaxies that it was trained on.
        root: Folder of the pipeline's files, `data` in a clone.
        of_clusters: Whether it is a row of clusters and not of networks.
    """

    row: Row
    data: TrainingData
    root: Path
    of_clusters: bool = False

    @property
    def predictions(self) -> Path:
        """Return the path of the row's predictions of the validation and test galaxies."""
        return self.root / "predictions" / f"{self.row.description.row}.npz"

    @property
    def store(self) -> Path:
        """Return the path of the folder with the images of all galaxies."""
        return self.root / "store"

    def options(self, options: Options) -> Options:
        """Add the pixel scale and the width of the training images to the options."""
        return replace(options, training_scale=self.data.pixel_scale, training_side=self.data.side)


def open_row(
    name: str, *, models: Path, seed: int | None = None, device: str | None = None, batch_size: int = BATCH
) -> OpenedRow:
    """Open a row by its name or folder.

    Args:
        name: Name of a row of the table, trained or of clusters, or the folder of a trained or exported row.
        models: Folder of the trained rows.
        seed: Seed of the training or clustering to use; None takes the mean of all.
        device: Device that computes, such as `cpu` or `cuda:1`; None takes the one of `GALAXY_DEVICE` or, where that is
            not set, the first GPU or else the CPU.
        batch_size: Number of images that are computed at a time.

    Raises:
        InputError: If there is no such row or device, or one of the row's files is damaged.
    """
    picked = pick_device(device, setting="--device") if device else pick_device(os.environ.get("GALAXY_DEVICE"))
    root = models.parent
    if name in cluster_rows(root):
        from galaxy.workbench.refit_cluster_row import open_cluster_row  # scikit-learn, which networks do not need

        clusters = open_cluster_row(name, root, device=picked, seeds=None if seed is None else [seed])
        clusters.batch_size = batch_size
        return OpenedRow(clusters, training_data(models / name, manifest=clusters.description.manifest), root, True)
    folder = find_row(name, models, clusters=cluster_rows(root))
    row = load_row(folder, device=picked, seeds=None if seed is None else [seed])
    row.batch_size = batch_size
    return OpenedRow(row, training_data(folder, manifest=row.description.manifest), folder.parent.parent)


def reading_threads() -> int:
    """Return the number of threads that read pictures: one for each core, at least 2 and at most 8."""
    return max(2, min(8, usable_cores()))


@dataclass(frozen=True)
class Opener:
    """Opens a row again in another process.

    Attributes:
        name: Name of a row of clusters, or the absolute path of the folder of a trained one.
        models: Folder of the trained rows.
        seed: Seed of the training or clustering to use; None takes the mean of all.
        device: Device that computes; None lets `open_row` choose it where the row is opened.
        batch_size: Number of images that are computed at a time.
    """

    name: str
    models: Path
    seed: int | None
    device: str | None = None
    batch_size: int = BATCH

    def __call__(self) -> Row:
        """Open the row."""
        opened = open_row(self.name, models=self.models, seed=self.seed, device=self.device, batch_size=self.batch_size)
        return opened.row
