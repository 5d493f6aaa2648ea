"""Reads the galaxies of a study: the pipeline's split, or five folds of a file in Galaxy10's layout."""

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.digest import file_sha256
from galaxy.errors import ArgumentError, InputError

FOLDS = 5

_VALIDATION = 0.15
"""Share of the galaxies outside of a fold's test set that are for validation; at least one of each class is."""


def study_galaxies(
    images: Path | None, data: Path, *, crop: int | None, size: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[Any], dict[str, str]]:
    """Return pictures (M, S, S, 3), labels (M,), folds, and JSON values that identify the galaxies.

    Args:
        images: A file in Galaxy10's layout, of which five folds are made; None takes the pipeline's split.
        data: Folder of the pipeline's files.
        crop: Width in pixels of the centre of the file's pictures that is used; None uses all of it.
        size: Width S in pixels to which the file's pictures are averaged.

    Raises:
        InputError: If a file cannot be read, or has a class with fewer galaxies than folds.
    """
    from galaxy.data.chunked_images import iterate_blocks
    from galaxy.data.layout import open_galaxies
    from galaxy.data.manifest import read_manifest
    from galaxy.data.resample import AreaResampler
    from galaxy.data.store import IMAGES, open_store
    from galaxy.recipes.label_study import Fold

    if images is None:
        galaxies, store = read_manifest(data / "manifest.csv"), open_store(data / "store")
        pictures = np.asarray(store.images[store.rows_of(galaxies.id)])
        train, validation, test = (np.flatnonzero(galaxies.split == name) for name in ("train", "validation", "test"))
        source = {"manifest": galaxies.sha256, "store": file_sha256(data / "store" / IMAGES)}
        return pictures, galaxies.label, [Fold(train=train, validation=validation, test=test)], source
    from sklearn.model_selection import StratifiedKFold, train_test_split

    with open_galaxies(images) as file:
        crop = min(crop, file.size) if crop else None
        try:
            resample = AreaResampler(source=file.size, crop=crop, size=size)
        except ArgumentError as error:
            raise InputError(f"{images} does not fit: split.{error}") from None
        pictures, label = np.concatenate([resample(block) for _, block in iterate_blocks(file)]), file.label
    counts = np.bincount(label)
    if counts[counts > 0].min() < FOLDS:
        raise InputError(f"{images} has a class with fewer than {FOLDS} galaxies; {FOLDS} folds need as many of each")
    folds = []
    for rest, test in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(label, label):
        classes = int(np.count_nonzero(counts))
        enough = math.ceil(_VALIDATION * len(rest)) >= classes
        train, validation = train_test_split(
            rest, test_size=_VALIDATION if enough else classes, stratify=label[rest], random_state=0
        )
        folds.append(Fold(train=np.sort(train), validation=np.sort(validation), test=test))
    return pictures, label, folds, {"images": file_sha256(images), "crop": str(crop), "size": str(size)}
