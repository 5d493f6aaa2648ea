"""Reading what evaluation needs, and refusing what belongs to another split."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from galaxy.data.manifest import Manifest
from galaxy.errors import InputError
from galaxy.npz import read_npz
from galaxy.predictions import Predictions


def read_arrays(path: Path, keys: Sequence[str], manifest: Manifest | None = None) -> dict[str, Any]:
    """Some arrays of an .npz file, which was made by this manifest if one is given.

    Raises:
        InputError: the file is missing, damaged, lacks an array or carries another manifest's hash.
    """
    arrays: dict[str, Any] = read_npz(path, keys, writer="the stage that writes it")
    if manifest is not None:
        check_manifest(path, str(arrays["manifest"]), manifest)
    return arrays


def check_manifest(path: Path, digest: str, manifest: Manifest) -> None:
    """Refuse a file that was made by another split.

    Raises:
        InputError: the hashes differ.
    """
    if digest != manifest.sha256:
        raise InputError(
            f"{path} belongs to the split manifest {digest[:12]}, not to this one, {manifest.sha256[:12]}; "
            "its figures could not be compared, run the stage that writes it again"
        )


def check_predictions(path: Path, predictions: Predictions, manifest: Manifest) -> None:
    """Refuse predictions that are not of exactly the manifest's validation and test galaxies.

    Raises:
        InputError: another manifest, other galaxies, or other labels or splits.
    """
    check_manifest(path, predictions.manifest, manifest)
    held_out = manifest.where("validation", "test")
    for name in ("id", "split", "label"):
        if not np.array_equal(getattr(predictions, name), getattr(held_out, name)):
            raise InputError(f"{path}: {name} differs from the manifest's validation and test galaxies; train again")
