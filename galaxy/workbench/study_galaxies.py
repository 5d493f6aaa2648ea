"""Reads the galaxies of a study: the pipeline's split, or five folds of a file in Galaxy10's layout."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.digest import file_sha256
from galaxy.errors import ArgumentError, InputError

FOLDS = 5


def study_galaxies(
    settings: Mapping[str, Any], images: Path | None, data: Path
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[Any], dict[str, str]]:
    """Return pictures (M, S, S, 3), labels (M,), folds, and JSON values that identify the galaxies.

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

    split = settings["split"]
    with open_galaxies(images) as file:
        crop = min(split["crop"], file.size) if split["crop"] else None
        try:
            resample = AreaResampler(source=file.size, crop=crop, size=split["size"])
        except ArgumentError as error:
            raise InputError(f"{images} does not fit: split.{error}") from None
        pictures, label = np.concatenate([resample(block) for _, block in iterate_blocks(file)]), file.label
    counts = np.bincount(label)
    if counts[counts > 0].min() < FOLDS:
        raise InputError(f"{images} has a class with fewer than {FOLDS} galaxies; {FOLDS} folds need as many of each")
    folds = []
    for rest, test in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(label, label):
        train, validation = train_test_split(rest, test_size=0.15, stratify=label[rest], random_state=0)
        folds.append(Fold(train=np.sort(train), validation=np.sort(validation), test=test))
    return pictures, label, folds, {"images": file_sha256(images), "crop": str(crop), "size": str(split["size"])}
