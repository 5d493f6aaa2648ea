"""Classifies images with a row as a function in Python, and holds the probabilities that it returns."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from galaxy.errors import InputError
from galaxy.predict.columns import free_name
from galaxy.predict.options import Options
from galaxy.predict.picture import Picture
from galaxy.predict.readers.decode import colour_pixels
from galaxy.predict.readers.open_inputs import open_inputs
from galaxy.predict.row import Row
from galaxy.predict.trained_row import BATCH


@dataclass(frozen=True, eq=False)
class Classified:
    """Class probabilities of N images.

    Attributes:
        probability: (N, K) probabilities; rows sum to one.
        classes: K names of classes, in the order of the columns.
        id: N names of the images: their paths, or their positions.

    Example:
        >>> found = Classified(np.array([[0.2, 0.8]]), classes=("smooth", "spiral"), id=("m31.png",))
        >>> found.predicted
        ('spiral',)
    """

    probability: NDArray[np.float64]
    classes: tuple[str, ...]
    id: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.probability)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.probability, dtype=dtype, copy=copy)

    @property
    def predicted(self) -> tuple[str, ...]:
        """Name of the most probable class of each image."""
        return tuple(self.classes[best] for best in self.probability.argmax(axis=1))

    def table(self) -> Any:
        """Return an `astropy.table.Table` with the columns `id`, `predicted`, and one for each class.

        Raises:
            InputError: If astropy is not installed.
        """
        try:
            from astropy.table import Table
        except ImportError:
            raise InputError(
                "a table needs astropy, which is not installed: pip install 'galaxy-morphology-benchmark[astro]'"
            ) from None
        columns: dict[str, Any] = {"id": list(self.id), "predicted": list(self.predicted)}
        names = [free_name(name, tuple(columns), self.classes, suffix="_class") for name in self.classes]
        return Table(columns | dict(zip(names, self.probability.T, strict=True)))


class Classify:
    """Classifies images with a row; made by `galaxy.load`.

    Args:
        row: The row and its description.
        training_scale: Arcseconds per pixel of the training images before their crop; NaN where unknown.
        training_side: Pixels on a side of the training images before their crop; None where unknown.

    Attributes:
        row: The row and its description.
    """

    def __init__(self, row: Row, *, training_scale: float = float("nan"), training_side: int | None = None) -> None:
        self.row = row
        self._training_scale = training_scale
        self._training_side = training_side

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the names of the classes, in the order of the probabilities."""
        return tuple(self.row.description.classes)

    def __call__(
        self,
        images: Any,
        *,
        crop: int | None = None,
        pixel_scale: float = float("nan"),
        symmetries: bool = False,
    ) -> Classified:
        """Classify one or several images, as `galaxy predict` does.

        Images are cropped and averaged down as in training. Where the pixel scale is known, the crop covers the same
        angle on the sky as in training; otherwise it has as many pixels.

        Args:
            images: One image or a sequence of images, each an array or tensor (H, W, 3) of uint8, a PIL image, or the
                path of anything that `galaxy predict` reads; or one array (N, H, W, 3) of uint8.
            crop: Pixels on a side of the centre crop; None takes the crop of the training.
            pixel_scale: Arcseconds per pixel of images that do not state it, as FITS and tables may; NaN where unknown.
            symmetries: Whether probabilities are means over the eight flips and quarter turns.

        Returns:
            Probabilities with the names of classes and images.

        Raises:
            InputError: If an image cannot be read, has another type, or is too small, or the pixel scale or the crop
                is not a positive number.
        """
        options = Options(
            crop=crop,
            pixel_scale=pixel_scale,
            training_scale=self._training_scale,
            training_side=self._training_side,
        )
        options.check(self.row.description)
        prepare = options.preparation(self.row.description)
        probability, names, batch = list[NDArray[np.float64]](), list[str](), list[NDArray[np.uint8]]()
        with ExitStack() as stack:
            for picture in prepare(_pictures(images, stack)):
                if picture.image is None:
                    raise InputError(f"image {picture.id}: {picture.reason}")
                names.append(picture.id)
                batch.append(picture.image)
                if len(batch) == BATCH:
                    probability.append(self.row.classify(np.stack(batch), symmetries=symmetries)[0])
                    batch = []
        if batch:
            probability.append(self.row.classify(np.stack(batch), symmetries=symmetries)[0])
        whole = np.concatenate(probability) if probability else np.zeros((0, len(self.classes)))
        return Classified(whole, self.classes, tuple(names))


def _pictures(images: Any, stack: ExitStack) -> Any:
    """Yield each image as a `Picture`, whatever its type."""
    if isinstance(images, str | Path | Image.Image) or getattr(images, "ndim", 0) in (2, 3):
        images = [images]
    if not isinstance(images, Iterable):
        raise InputError(f"images is of the type {type(images).__name__}; give images or paths, one or a sequence")
    for number, image in enumerate(images):
        if isinstance(image, str | Path):
            for chunk in open_inputs([Path(image)], stack=stack).chunks(0):
                yield from chunk()
            continue
        yield Picture(str(number), image=_pixels(image, number))


def _pixels(image: Any, number: int) -> NDArray[np.uint8]:
    if isinstance(image, Image.Image):
        try:
            found, _, reason = colour_pixels(image)
        except OSError as error:  # Pillow decodes an opened file when its pixels are asked for
            raise InputError(f"image {number}: its file cannot be read ({error}); copy it again") from None
        if found is None:
            raise InputError(f"image {number}: {reason}")
        return found
    pixels = image.detach().cpu().numpy() if isinstance(image, torch.Tensor) else np.asarray(image)
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3:
        raise InputError(f"image {number} has shape {pixels.shape} and type {pixels.dtype}; (H, W, 3) uint8 is needed")
    return pixels
