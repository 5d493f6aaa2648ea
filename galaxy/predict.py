"""A trained row of the table applied to images that it has never seen."""

import csv
import errno
import io
import re
import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.atomic import write_text
from galaxy.data.chunked_images import iterate_slabs
from galaxy.data.disk import writable
from galaxy.data.manifest import galaxy_ids
from galaxy.data.pixel_statistics import has_colour
from galaxy.data.resample import AreaResampler
from galaxy.data.unlabelled import open_unlabelled
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models.classifier import Classifier
from galaxy.models.stored import load_network, read_description
from galaxy.training.inference import predict_logits
from galaxy.training.precision import Precision

_BATCH = 64


def predict_file(
    folder: Path, file: Path, output: Path, *, device: torch.device, seed: int | None = None, crop: int | None = None
) -> int:
    """Classify the images of an HDF5 file and write one line per image.

    The CSV has the columns `id` (as in a manifest made of this file), `predicted` (the name of the most probable
    class) and one probability per class, under the class's name. With several trainings the probabilities are their
    means.

    Args:
        folder: Of the trained row, with `model.json`.
        file: With `images` (N, S, S, 3) uint8; they are averaged down to the size that the row was trained at.
        output: The CSV, written when all is done.
        device: Where the arithmetic is done.
        seed: Use this training alone.
        crop: Pixels on a side of the centre crop taken before resampling; None takes the crop of training, which is
            right for images of the same pixel scale.

    Returns:
        The number of images.

    Raises:
        InputError: If the row is not trained, the file cannot be read, is too small or is grey where the weights that
            training began with expect colour, or the CSV cannot be written.
    """
    with writable(output):
        if output.is_dir():
            raise IsADirectoryError(errno.EISDIR, "is a folder")
        output.parent.mkdir(parents=True, exist_ok=True)
    description = read_description(folder)
    matches = [re.fullmatch(r"seed-(\d+)\.safetensors", name) for name in description.files]
    trained = [int(match[1]) for match in matches if match]
    if seed is not None and seed not in trained:
        raise InputError(f"{folder} has no training with seed {seed}; it has {', '.join(map(str, trained))}")
    wanted = trained if seed is None else [seed]
    networks = [load_network(folder, seed=one)[0].to(device) for one in wanted]
    for network in networks:
        network.to(memory_format=torch.channels_last)
    digest = file_sha256(file) if file.is_file() else ""
    with open_unlabelled(file) as galaxies:
        resample = _resampler(galaxies.size, description.crop if crop is None else crop, description.size)
        found, coloured = [], description.weights == "random"
        with tqdm(total=len(galaxies), desc="predict", unit="galaxy", disable=None, file=sys.stderr) as bar:
            for _, images in iterate_slabs(galaxies):
                coloured = coloured or has_colour(images, np.arange(len(images)))
                found.append(_probabilities(networks, torch.from_numpy(resample(images)), device))
                bar.update(len(images))
    if not coloured:
        raise InputError(f"{file}: all images are grey, and the weights of {description.row} expect colour")
    probability = np.concatenate(found)
    ids = galaxy_ids(digest, np.arange(len(probability)))
    with writable(output):
        _write(output, ids, list(description.classes), probability)
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


def _write(path: Path, ids: NDArray[np.str_], classes: list[str], probability: NDArray[np.float64]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["id", "predicted", *classes])
    for name, row in zip(ids, probability, strict=True):
        writer.writerow([name, classes[int(row.argmax())], *(f"{value:.6f}" for value in row)])
    write_text(path, text.getvalue())
