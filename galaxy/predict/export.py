"""Exports a trained row as a folder that needs no other file, with the layout of the Hugging Face hub."""

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.atomic import replaced_folder, write_text
from galaxy.data.disk import writable
from galaxy.errors import InputError
from galaxy.models.saved_network import DESCRIPTION
from galaxy.output_path import refuse_system_folders
from galaxy.predict.export_graph import ONNX_FILE, TORCH_FILE, export_graphs
from galaxy.predict.model_card import model_card
from galaxy.predict.reference import FILE as VALIDATION
from galaxy.predict.reference import Reference, save_reference
from galaxy.predict.trained_row import TrainedRow
from galaxy.predict.training_data import FILE, TrainingData, save_training_data

CARD, CONFIG = "README.md", "config.json"

WRITTEN = (DESCRIPTION, "seed-*.safetensors", FILE, VALIDATION, CONFIG, ONNX_FILE, TORCH_FILE, CARD)
"""Names of all files that an export may write; a folder with others is not replaced."""


def export_row(
    row: TrainedRow,
    output: Path,
    *,
    data: TrainingData,
    reference: Reference | None,
    evaluation: Mapping[str, Any] | None,
    images: NDArray[np.uint8] | None,
    overwrite: bool = False,
) -> dict[str, float]:
    """Write weights, description, preprocessing, validation galaxies, graphs and model card into a new folder.

    `galaxy predict` and `load` take the folder in place of a row's name.

    Args:
        row: The networks, on the CPU.
        output: Path of the folder, which appears only once it is complete.
        data: The galaxies that the row was trained on.
        reference: Validation galaxies, which sets of classes and `unlike` need; None leaves them out.
        evaluation: Figures for the model card.
        images: (N, S, S, 3) uint8 images on which the graphs are compared with the network; None writes no graphs.
        overwrite: Whether a folder that was exported before may be replaced.

    Returns:
        For each graph, the largest difference between one of its probabilities and the network's.

    Raises:
        InputError: If the folder exists or cannot be written, or a graph cannot be exported.
    """
    _check_folder(row, output, overwrite=overwrite)
    with writable(output), replaced_folder(output) as temporary:
        description = row.description
        for name in (DESCRIPTION, *description.files):
            shutil.copyfile(row.folder / name, temporary / name)
        save_training_data(temporary, data, size=description.size, crop=description.crop)
        if reference is not None:
            save_reference(temporary, reference)
        config = {
            "architectures": [type(row.networks[0]).__name__],
            "model_type": str(description.architecture.get("kind")),
            "id2label": dict(enumerate(description.classes)),
            "label2id": {name: index for index, name in enumerate(description.classes)},
            "image_size": description.size,
            "num_channels": 3,
            "image_mean": list(description.mean),
            "image_std": list(description.std),
        }
        write_text(temporary / CONFIG, json.dumps(config, indent=2, ensure_ascii=False) + "\n")
        differences = {} if images is None else export_graphs(row, temporary, images)
        write_text(temporary / CARD, model_card(description, data, evaluation, differences))
    return differences


def _check_folder(row: TrainedRow, output: Path, *, overwrite: bool) -> None:
    refuse_system_folders(output, remedy="give a folder elsewhere")
    if not output.exists() and not output.is_symlink():
        return
    if Path(os.path.realpath(row.folder)).is_relative_to(os.path.realpath(output)):
        raise InputError(f"{output} contains the row that is exported; give another name for the folder")
    if output.is_symlink() or not output.is_dir() or not (output / FILE).is_file():
        raise InputError(f"{output} exists and is not an exported row; give another name for the folder")
    if foreign := sorted(path.name for path in output.iterdir() if not any(map(path.match, WRITTEN))):
        raise InputError(
            f"{output} also contains {', '.join(foreign[:3])}, which galaxy export does not write; move it, or "
            "give another name"
        )
    if not overwrite:
        raise InputError(f"{output} exists already; give another name, or add --overwrite to replace it")
