"""A trained row, a store and predictions of a few galaxies, and pictures to classify."""

from pathlib import Path

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from galaxy.data.store import IDS, IMAGES
from galaxy.models.saved_network import Description, load_network, save_network, write_description
from galaxy.predictions import Predictions, save_predictions
from galaxy.training.inference import predict_logits
from galaxy.training.precision import Precision
from tests.galaxy.models.classifiers import ARCHITECTURES, CLASSES, MEAN, SIZE, STD, build

CPU = torch.device("cpu")
NAMES = [f"class {number}" for number in range(CLASSES)]
MANIFEST = "0" * 64


def make_row(root: Path, *, weights: str = "random", crop: int | None = None) -> Path:
    """`root`/models/custom: two trainings of the custom network, never trained."""
    folder = root / "models" / "custom"
    files = {}
    for seed in (0, 1):
        classifier = build("custom")
        torch.manual_seed(seed)
        classifier.reinitialise()
        files[f"seed-{seed}.safetensors"] = save_network(folder, classifier, seed=seed)
    description = Description(
        row="custom",
        architecture=ARCHITECTURES["custom"],
        weights=weights,
        classes=NAMES,
        size=SIZE,
        crop=crop,
        mean=MEAN,
        std=STD,
        manifest=MANIFEST,
        files=files,
        parameters=1,
        trainable_parameters=1,
        multiply_adds=1,
    )
    write_description(folder, description)
    return folder


def galaxies(count: int, size: int = SIZE, seed: int = 0) -> NDArray[np.uint8]:
    """Noise with a bright middle."""
    images = np.random.default_rng(seed).integers(0, 200, (count, size, size, 3), dtype=np.uint8)
    quarter = size // 4
    images[:, quarter:-quarter, quarter:-quarter] += 55
    return images


def stored_predictions(folder: Path, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(2, N, K) probabilities as stage `train` stores them."""
    found = []
    for seed in (0, 1):
        network = load_network(folder, seed=seed)[0]
        network.to(memory_format=torch.channels_last)
        logits = predict_logits(
            network, lambda at: torch.from_numpy(images)[at], len(images), precision=Precision.of(CPU), chunk=64
        )
        found.append(torch.softmax(logits.double(), dim=1).float().numpy())
    return np.stack(found)


def make_reference(root: Path, folder: Path, *, count: int = 60) -> None:
    """`root`/store and `root`/predictions/custom.npz, of which all galaxies but two are for validation."""
    images = galaxies(count, seed=5)
    ids = np.array([f"0123456789ab-{number:06d}" for number in range(count)])
    (root / "store").mkdir()
    np.save(root / "store" / IMAGES, images)
    np.save(root / "store" / IDS, ids)
    predictions = Predictions(
        id=ids,
        split=np.array(["validation"] * (count - 2) + ["test"] * 2),
        label=np.random.default_rng(1).integers(0, CLASSES, count),
        seed=np.array([0, 1]),
        probability=stored_predictions(folder, images),
        classes=np.array(NAMES),
        manifest=MANIFEST,
    )
    save_predictions(root / "predictions" / "custom.npz", predictions)


def write_hdf5(path: Path, images: NDArray[np.uint8]) -> None:
    """A file of images alone."""
    with h5py.File(path, "w") as file:
        file["images"] = images


def write_pictures(folder: Path, images: NDArray[np.uint8], ending: str = ".png") -> list[Path]:
    """One file for each image, named by its number."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{number:03d}{ending}" for number in range(len(images))]
    for path, image in zip(paths, images, strict=True):
        Image.fromarray(image).save(path)
    return paths
