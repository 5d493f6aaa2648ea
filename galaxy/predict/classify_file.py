"""A trained row of the table applied to images that it has never seen."""

import csv
import io
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.atomic import write_text
from galaxy.data.chunked_images import iterate_slabs
from galaxy.data.disk import writable
from galaxy.data.layout import GalaxyFile
from galaxy.data.manifest import galaxy_ids
from galaxy.data.pixel_statistics import has_colour
from galaxy.data.resample import AreaResampler
from galaxy.data.unlabelled import open_unlabelled, unlabelled_column
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models.classifier import Classifier
from galaxy.models.stored import DESCRIPTION, load_network, read_description
from galaxy.output_path import STANDARD_OUTPUT, check_output
from galaxy.training.inference import predict_logits
from galaxy.training.precision import Precision

_BATCH = 64


def predict_file(
    folder: Path,
    file: Path,
    output: Path,
    *,
    device: torch.device,
    seed: int | None = None,
    crop: int | None = None,
    overwrite: bool = False,
) -> int:
    """Classify the images of an HDF5 file and write one line per image.

    The CSV has the columns `id` (the file's own if it has a data set of that name, else as in a manifest made of this
    file), `predicted` (the name of the most probable class), one probability per class under the class's name, and
    `ra` and `dec` in degrees if the file has them. With several trainings the probabilities are their means.

    Args:
        folder: Folder of the trained row, with `model.json`.
        file: HDF5 file with `images` (N, S, S, 3) uint8; they are averaged down to the size that the row was trained
            at.
        output: Path of the CSV, which is written when all images are classified; `-` is standard output.
        device: Where the arithmetic is done.
        seed: The only training to use; None uses all of the row.
        crop: Pixels on a side of the centre crop taken before resampling; None takes the crop of training, which is
            right for images of the same pixel scale.
        overwrite: Whether an existing output may be replaced.

    Returns:
        The number of images.

    Raises:
        InputError: If the row is not trained, the file cannot be read, is too small or is grey where the weights that
            training began with expect colour, or the CSV cannot be written.
    """
    description = read_description(folder)
    read = [file, folder / DESCRIPTION, *(folder / name for name in description.files)]
    target = None if output == STANDARD_OUTPUT else check_output(output, inputs=read, overwrite=overwrite)
    matches = [re.fullmatch(r"seed-(\d+)\.safetensors", name) for name in description.files]
    trained = [int(match[1]) for match in matches if match]
    if seed is not None and seed not in trained:
        raise InputError(f"{folder} has no training with seed {seed}; it has {', '.join(map(str, trained))}")
    wanted = trained if seed is None else [seed]
    networks = [load_network(folder, seed=one)[0].to(device) for one in wanted]
    for network in networks:
        network.to(memory_format=torch.channels_last)
    with open_unlabelled(file) as galaxies:
        resample = _resampler(galaxies.size, description.crop if crop is None else crop, description.size)
        found, coloured = [], description.weights == "random"
        ids, degrees = _ids(galaxies), _degrees(galaxies)
        with tqdm(total=len(galaxies), desc="predict", unit="galaxy", disable=None, file=sys.stderr) as bar:
            for _, images in iterate_slabs(galaxies):
                coloured = coloured or has_colour(images, np.arange(len(images)))
                found.append(_probabilities(networks, torch.from_numpy(resample(images)), device))
                bar.update(len(images))
    if not coloured:
        raise InputError(f"{file}: all images are grey, and the weights of {description.row} expect colour")
    probability = np.concatenate(found)
    text = _table(ids, list(description.classes), probability, degrees)
    if target is None:
        sys.stdout.write(text)
    else:
        with writable(output):
            write_text(target, text)
    return len(probability)


def _resampler(source: int, crop: int | None, size: int) -> AreaResampler:
    taken = source if crop is None else crop
    if not size <= taken <= source:
        raise InputError(
            f"the images have {source} px and the crop {taken} px; the row was trained at {size} px and needs "
            "images and crop at least as large"
        )
    return AreaResampler(source=source, crop=crop, size=size)


def _probabilities(networks: list[Classifier], images: torch.Tensor, device: torch.device) -> NDArray[np.float64]:
    total = np.zeros(0)
    for network in networks:
        logits = predict_logits(
            network, lambda at: images[at].to(device), len(images), precision=Precision.of(device), chunk=_BATCH
        )
        part = torch.softmax(logits.double(), dim=1).numpy()
        total = total + part if total.size else part
    mean: NDArray[np.float64] = total / len(networks)
    return mean


def _ids(galaxies: GalaxyFile) -> NDArray[Any]:
    own = unlabelled_column(galaxies, "id")
    if own is not None:
        return own
    return galaxy_ids(file_sha256(galaxies.path), np.arange(len(galaxies)))


def _degrees(galaxies: GalaxyFile) -> dict[str, NDArray[np.float64]]:
    found = {name: unlabelled_column(galaxies, name) for name in ("ra", "dec")}
    return {name: values.astype(np.float64) for name, values in found.items() if values is not None}


def _table(
    ids: NDArray[Any], classes: list[str], probability: NDArray[np.float64], degrees: dict[str, NDArray[np.float64]]
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "predicted", *classes, *degrees])
    columns = [["" if np.isnan(value) else repr(float(value)) for value in values] for values in degrees.values()]
    for number, (name, row) in enumerate(zip(ids, probability, strict=True)):
        place = [column[number] for column in columns]
        writer.writerow([name, classes[int(row.argmax())], *(f"{value:.6f}" for value in row), *place])
    return text.getvalue()
