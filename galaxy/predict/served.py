"""A trained row as a function from encoded pictures to columns, for servers that know only its folder."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from galaxy.device import pick_device
from galaxy.predict.columns import free_name
from galaxy.predict.picture import Picture
from galaxy.predict.prepare import PicturePreparation
from galaxy.predict.readers.decode import decode
from galaxy.predict.trained_row import load_row

Columns = dict[str, list[str | float | None]]

_OWN = ("predicted", "confidence", "reason")
"""Columns besides those of the classes."""


def class_columns(classes: Sequence[str]) -> list[str]:
    """Return the names of the columns of classes, which get a suffix where another column has the class's name.

    Example:
        >>> class_columns(["spiral", "reason"])
        ['spiral', 'reason_class']
    """
    return [free_name(name, _OWN, classes, suffix="_class") for name in classes]


def open_served(folder: Path) -> Callable[[Sequence[bytes]], Columns]:
    """Load a trained row.

    Args:
        folder: Folder with `model.json` and the weights.

    Returns:
        A function from the bytes of JPEG, PNG and TIFF files to the columns `predicted`, `confidence`, one for each
        class (see `class_columns`), and `reason`. A picture that cannot be used has the reason why, and None in the
        other columns.

    Raises:
        InputError: If the folder holds no trained row, or a file of it is damaged.
    """
    row = load_row(folder, device=pick_device(os.environ.get("GALAXY_DEVICE")))
    classes = list(row.description.classes)
    named = class_columns(classes)

    def classify(contents: Sequence[bytes]) -> Columns:
        prepare = PicturePreparation(size=row.description.size, crop=row.description.crop)
        pictures = list(prepare(decode(Picture(str(number)), content) for number, content in enumerate(contents)))
        images = [picture.image for picture in pictures if picture.image is not None]
        found = iter(row.classify(np.stack(images))[0].tolist() if images else [])
        columns: Columns = {name: [] for name in ("predicted", "confidence", *named, "reason")}
        for picture in pictures:
            probability = next(found) if picture.image is not None else None
            best = None if probability is None else int(np.argmax(probability))
            columns["predicted"].append(None if best is None else classes[best])
            columns["confidence"].append(None if probability is None or best is None else probability[best])
            for number, name in enumerate(named):
                columns[name].append(None if probability is None else probability[number])
            columns["reason"].append(picture.reason)
        return columns

    return classify
