"""Draws the pictures on which the project's own weights are pretrained, and stores them as arrays."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.atomic import atomic_path
from galaxy.cores import usable_cores
from galaxy.data.disk import writable
from galaxy.data.pixel_statistics import pixel_statistics
from galaxy.data.resample import AreaResampler
from galaxy.errors import InputError
from galaxy.fractals.draw import draw_fractals
from galaxy.rendered.workers import draw_in_order
from galaxy.reserved_memmap import create_memmap

IMAGES, LABELS = "images.npy", "labels.npy"
_FRACTALS, _GALAXIES = 512, 32  # number of pictures that are drawn at a time; galaxies are larger before they are cut
_RENDERED_CLASSES = 10


@dataclass(frozen=True, eq=False)
class PictureSet:
    """N labelled pictures.

    Attributes:
        images: (N, S, S, 3) uint8, a memory map.
        labels: (N,) int64; the classes alternate, so that every range of pictures has about as many of each class.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]

    def statistics(self, rows: NDArray[np.int64]) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return mean and standard deviation of each channel, over every n-th of `rows`, at most 10,000 of them."""
        mean, std = pixel_statistics(self.images, rows[:: max(1, len(rows) // 5000)])
        return tuple(mean), tuple(std)


def write_fractals(folder: Path, *, classes: int, per_class: int, size: int, seed: int) -> None:
    """Draw `per_class` pictures of each of `classes` iterated function systems into `folder`.

    Args:
        folder: Folder for the arrays.
        classes: Number of iterated function systems, each of which is a class.
        per_class: Number of pictures of each system.
        size: Width and height of the pictures in pixels.
        seed: Seed of the systems and of the pictures.

    Raises:
        InputError: If the disk is full or cannot be written.
    """
    numbers = np.arange(classes * per_class)
    parts = (numbers[start : start + _FRACTALS] for start in range(0, len(numbers), _FRACTALS))
    drawn = (draw_fractals(chosen % classes, chosen // classes, size=size, seed=seed) for chosen in parts)
    _write(folder, drawn, numbers % classes, size)


def write_rendered(folder: Path, *, count: int, rendered_size: int, crop: int, size: int, seed: int) -> None:
    """Render `count` galaxies, as many of each of Galaxy10's classes, and keep their centres.

    All cores draw; the pictures do not depend on their number.

    Args:
        folder: Folder for the arrays.
        count: Number of galaxies.
        rendered_size: Width and height of the whole picture in pixels, for a field of 67 arcsec.
        crop: Width and height in pixels of the centre crop that is taken.
        size: Width and height in pixels to which the crop is averaged down.
        seed: Seed of the galaxies; it must differ from that of every set on which weights are tested.

    Raises:
        InputError: If the crop does not fit the rendered size or the size, or the disk is full or cannot be written.
    """
    resample = AreaResampler(source=rendered_size, crop=crop, size=size)
    labels = np.arange(count) % _RENDERED_CLASSES
    blocks = draw_in_order(labels, block=_GALAXIES, size=rendered_size, seed=seed, workers=usable_cores())
    _write(folder, (resample(np.stack([drawn.image for drawn in block])) for _, block in blocks), labels, size)


def _write(folder: Path, parts: Iterable[NDArray[np.uint8]], labels: NDArray[np.int64], size: int) -> None:
    shape = (len(labels), size, size, 3)
    with writable(folder / IMAGES), atomic_path(folder / IMAGES) as temporary:
        images = create_memmap(temporary, dtype=np.uint8, shape=shape)
        with tqdm(total=len(labels), desc=folder.name, unit="picture", disable=None) as bar:
            start = 0
            for part in parts:
                images[start : start + len(part)] = part
                start += len(part)
                bar.update(len(part))
        images.flush()
    with writable(folder / LABELS), atomic_path(folder / LABELS) as temporary, temporary.open("wb") as file:
        np.save(file, labels)


def open_pictures(folder: Path) -> PictureSet:
    """Open the arrays that `write_fractals` or `write_rendered` wrote, as memory maps.

    Raises:
        InputError: If the arrays are missing, damaged or do not belong together.
    """
    try:
        images = np.load(folder / IMAGES, mmap_mode="r", allow_pickle=False)
        labels = np.load(folder / LABELS, allow_pickle=False)
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())[:100]
        raise InputError(f"{folder} holds no pictures to pretrain on ({reason}); draw them again") from None
    if images.ndim != 4 or images.dtype != np.uint8 or labels.shape != images.shape[:1]:
        raise InputError(f"{folder}: images {images.shape} and labels {labels.shape} do not fit; draw them again")
    return PictureSet(images, labels.astype(np.int64))
