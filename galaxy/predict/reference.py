"""The validation galaxies of a row, with which new galaxies are compared: for sets of classes and for `unlike`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from galaxy.atomic import atomic_path
from galaxy.data.store import open_store
from galaxy.errors import InputError
from galaxy.predict.row import Row
from galaxy.predict.trained_row import BATCH
from galaxy.predictions import load_predictions

FILE = "validation.safetensors"
MOST = 2048
"""Largest number of validation galaxies whose features are computed; a larger set is sampled evenly."""


@dataclass(frozen=True, eq=False)
class Reference:
    """Probabilities and features of validation galaxies.

    Attributes:
        probability: (N, K) class probabilities, means over the trainings used.
        label: (N,) true classes.
        features: (M, D) features of M of them.
    """

    probability: NDArray[np.float64]
    label: NDArray[np.int64]
    features: NDArray[np.float32]


def reference_of(row: Row, *, predictions: Path, store: Path) -> Reference | None:
    """Collect the reference of a row: from its folder if that was exported, else from the pipeline's files.

    Args:
        row: The row that makes them.
        predictions: The row's predictions of the validation galaxies.
        store: Folder of the images of all galaxies.

    Returns:
        The reference; None if the files are not there or belong to another training.

    Raises:
        InputError: If a file is damaged.
    """
    if (row.folder / FILE).is_file():
        return _load(row.folder / FILE)
    if not predictions.is_file() or not store.is_dir():
        return None
    found = load_predictions(predictions)
    if found.manifest != row.description.manifest or not set(row.seeds) <= set(found.seed.tolist()):
        return None
    validation = found.where("validation")
    if len(validation.id) < 2:
        return None
    which = [validation.seed.tolist().index(seed) for seed in row.seeds]
    images = open_store(store)
    chosen = np.unique(np.linspace(0, len(validation.id) - 1, MOST).astype(np.int64))
    positions = images.rows_of(validation.id[chosen])
    parts = [
        row.classify(np.asarray(images.images[positions[start : start + BATCH]]))[1]
        for start in range(0, len(positions), BATCH)
    ]
    return Reference(
        probability=validation.probability[which].astype(np.float64).mean(axis=0),
        label=validation.label,
        features=np.concatenate(parts),
    )


def save_reference(folder: Path, reference: Reference) -> None:
    """Write the reference into the folder of an exported row."""
    arrays: dict[str, NDArray[Any]] = {
        "probability": reference.probability,
        "label": reference.label,
        "features": reference.features,
    }
    with atomic_path(folder / FILE) as temporary:
        save_file(arrays, temporary)


def _load(path: Path) -> Reference:
    try:
        arrays = load_file(path)
        return Reference(arrays["probability"], arrays["label"], arrays["features"])
    except Exception as error:  # noqa: BLE001 -- safetensors raises anything for a damaged file
        raise InputError(f"{path} cannot be read ({' '.join(str(error).split())[:80]}); export the row again") from None
