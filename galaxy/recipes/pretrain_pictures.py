"""Draws the pictures on which the project's own weights are pretrained, and stores them as arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.data.pixel_statistics import pixel_statistics
from galaxy.data.resample import AreaResampler
from galaxy.errors import InputError
from galaxy.fractals.draw import draw_fractals
from galaxy.rendered.draw import draw

IMAGES, LABELS = "images.npy", "labels.npy"
_PART = 512  # number of pictures between two updates of the progress bar
_RENDERED_CLASSES = 10

Draw = Callable[[NDArray[np.int64]], NDArray[np.uint8]]
"""Maps the (n,) numbers of pictures to (n, S, S, 3) uint8 pictures."""


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
    """
    numbers = np.arange(classes * per_class)

    def part(chosen: NDArray[np.int64]) -> NDArray[np.uint8]:
        return draw_fractals(chosen % classes, chosen // classes, size=size, seed=seed)

    _write(folder, part, numbers % classes, size)


def write_rendered(folder: Path, *, count: int, rendered_size: int, crop: int, size: int, seed: int) -> None:
    """Render `count` galaxies, as many of each of Galaxy10's classes, and keep their centres.

    Args:
        folder: Folder for the arrays.
        count: Number of galaxies.
        rendered_size: Width and height of the whole picture in pixels, for a field of 67 arcsec.
        crop: Width and height in pixels of the centre crop that is taken.
        size: Width and height in pixels to which the crop is averaged down.
        seed: Seed of the galaxies; it must differ from that of every set on which weights are tested.
    """
    resample = AreaResampler(source=rendered_size, crop=crop, size=size)

    def part(chosen: NDArray[np.int64]) -> NDArray[np.uint8]:
        drawn = [draw(int(i % _RENDERED_CLASSES), int(i), size=rendered_size, seed=seed).image for i in chosen]
        return resample(np.stack(drawn))

    _write(folder, part, np.arange(count) % _RENDERED_CLASSES, size)


def _write(folder: Path, draw_part: Draw, labels: NDArray[np.int64], size: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shape = (len(labels), size, size, 3)
    images = np.lib.format.open_memmap(folder / IMAGES, mode="w+", dtype=np.uint8, shape=shape)
    with tqdm(total=len(labels), desc=folder.name, unit="picture", disable=None) as bar:
        for start in range(0, len(labels), _PART):
            chosen = np.arange(start, min(start + _PART, len(labels)))
            images[chosen] = draw_part(chosen)
            bar.update(len(chosen))
    images.flush()
    np.save(folder / LABELS, labels)


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
