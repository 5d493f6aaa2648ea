"""Small HDF5 files in Galaxy10's layout, valid unless a test asks for a defect."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import ArrayLike


def noise(count: int, size: int, *, seed: int = 0) -> Any:
    """Return (count, size, size, 3) uint8 images of noise, all of them different."""
    return np.random.default_rng(seed).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def write_galaxies(
    path: Path,
    *,
    labels: ArrayLike,
    size: int = 16,
    images: Any = None,
    ra: ArrayLike | None = None,
    dec: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    storage: dict[str, Any] | None = None,
) -> Path:
    """Write a file; without coordinates they are NaN, without images they are noise, without names there are none."""
    label = np.asarray(labels, dtype=np.uint8)
    count = len(label)
    with h5py.File(path, "w") as file:
        data = noise(count, size) if images is None else images
        file.create_dataset("images", data=data, track_times=False, **(storage or {}))
        file.create_dataset("ans", data=label, track_times=False)
        unknown = np.full(count, np.nan)
        for name, values in (("ra", ra), ("dec", dec), ("redshift", None), ("pxscale", None)):
            column = unknown if values is None else np.asarray(values, dtype=np.float64)
            file.create_dataset(name, data=column, track_times=False)
        if class_names is not None:
            file.attrs["class_names"] = np.array(class_names, dtype=object)
    return path
