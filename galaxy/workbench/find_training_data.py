"""Looks up which galaxies a row was trained on."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

from galaxy.data.fetch import galaxy10
from galaxy.data.unlabelled import open_unlabelled, unlabelled_column
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.predict.training_data import TrainingData, read_training_data

RENDERED = "galaxies that this project has rendered, not observed ones"
GALAXY10 = "Galaxy10 DECaLS"


def training_data(folder: Path, *, manifest: str) -> TrainingData:
    """Look up the galaxies that a row was trained on.

    The split manifest beside the models leads from the row to its data: its ids begin with the SHA-256 of the data
    file, and dvc.lock records from which `download.source` it was made.

    Args:
        folder: Folder of the trained row, `data/models/<row>` in a clone, or of an exported one.
        manifest: SHA-256 of the split manifest by which the row was trained, as `model.json` has it.
    """
    if (recorded := read_training_data(folder)) is not None:
        return recorded
    data = folder.absolute().parent.parent
    path = data / "manifest.csv"
    if not _is_split(path, manifest):
        return TrainingData()
    content = path.read_bytes()
    prefix = content.partition(b"\n")[2][:12].decode(errors="replace")
    scale, side = _pixels(data / "galaxies.h5")
    if galaxy10.SHA256.startswith(prefix) and len(prefix) == 12:
        return TrainingData(GALAXY10, scale, side)
    source = _recorded_source(data.parent / "dvc.lock", hashlib.md5(content, usedforsecurity=False).hexdigest())
    if source is None:
        return TrainingData(f"galaxies of a file whose SHA-256 begins with {prefix}", scale, side)
    name = {"rendered": RENDERED, "galaxy10": GALAXY10}.get(source, f"the galaxies of {source}")
    return TrainingData(name, scale, side)


def training_pixels(folder: Path, *, manifest: str) -> tuple[float, int | None]:
    """Return pixel scale and width of the images that a row was trained on; NaN and None where unknown.

    Args:
        folder: Folder of the trained row, `data/models/<row>` in a clone, or of an exported one.
        manifest: SHA-256 of the split manifest by which the row was trained, as `model.json` has it.
    """
    if (recorded := read_training_data(folder)) is not None:
        return recorded.pixel_scale, recorded.side
    data = folder.absolute().parent.parent
    return _pixels(data / "galaxies.h5") if _is_split(data / "manifest.csv", manifest) else (float("nan"), None)


def _is_split(path: Path, manifest: str) -> bool:
    return path.is_file() and file_sha256(path) == manifest


def _pixels(path: Path) -> tuple[float, int | None]:
    """Return the median pixel scale and the width of the images of the data file; NaN and None if unknown."""
    try:
        with open_unlabelled(path) as galaxies:
            scales = unlabelled_column(galaxies, "pxscale")
            side = galaxies.size
    except InputError:  # a row can be applied without its data
        return float("nan"), None
    known = np.zeros(0) if scales is None else scales[np.isfinite(scales.astype(np.float64))]
    return float(np.median(known)) if len(known) else float("nan"), side


def _recorded_source(lock: Path, md5: str) -> str | None:
    """Return the `download.source` from which the manifest with this MD5 was made, if dvc.lock records it."""
    if not lock.is_file():
        return None
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError
    except ImportError:  # a row can be applied without the packages of the pipeline
        return None
    try:
        stages: Any = YAML(typ="safe").load(lock.read_text(encoding="utf-8"))["stages"]
        made = [out.get("md5") for out in stages["split"]["outs"]]
        source = stages["download"]["params"]["params.yaml"]["download"]["source"]
    except (OSError, UnicodeDecodeError, YAMLError, LookupError, TypeError, AttributeError):
        return None
    return str(source) if md5 in made else None
