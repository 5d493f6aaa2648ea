"""Galaxy10's HDF5 layout, opened and checked.

A file holds `images` (N, S, S, 3) uint8 and `ans` (N,) uint8, and may hold `ra`, `dec` (degrees), `redshift` and
`pxscale` (arcsec per pixel) of shape (N,), NaN where unknown. The attribute `class_names` of the file names the classes
in label order.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from galaxy.classes import GALAXY10_CLASSES, GALAXY10_COUNTS
from galaxy.counted import counted
from galaxy.data.check_positions import check_positions
from galaxy.data.class_names import check_class_names
from galaxy.data.hdf5_dataset import check_links, check_written, own_dataset
from galaxy.data.hdf5_errors import readable
from galaxy.data.hdf5_signature import check_signature
from galaxy.errors import InputError

MAX_GALAXIES = 1_000_000  # ids have six digits for the row, which counts from 0
MIN_SIZE, MAX_SIZE = 8, 4096  # pixels on a side


@dataclass(frozen=True, eq=False)
class GalaxyFile:
    """An open file of N galaxies. Everything but the images is in memory.

    Attributes:
        path: Path of the file, for messages.
        images: (N, S, S, 3) uint8, still on disk.
        label: (N,) int64.
        ra: (N,) float64 in [0, 360) degrees, NaN where `ra` or `dec` is unknown.
        dec: (N,) float64 in [-90, 90] degrees, NaN where `ra` or `dec` is unknown.
        redshift: (N,) float64 as in the file, NaN where it has none.
        pxscale: (N,) float64 in arcsec per pixel as in the file, NaN where it has none.
        class_names: Names of the classes in label order.
        named: Whether the file itself names its classes.
        without_ra: Number of rows without a right ascension.
        without_dec: Number of rows without a declination.
    """

    path: Path
    images: h5py.Dataset
    label: NDArray[np.int64]
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    redshift: NDArray[np.float64]
    pxscale: NDArray[np.float64]
    class_names: tuple[str, ...]
    named: bool
    without_ra: int = 0
    without_dec: int = 0

    def __len__(self) -> int:
        return len(self.label)

    @property
    def size(self) -> int:
        """Return the width and height of the images in pixels."""
        return int(self.images.shape[1])


@contextmanager
def open_galaxies(file_path: Path, *, name: Path | None = None) -> Iterator[GalaxyFile]:
    """Open a file and check its layout; no pixel is read.

    Args:
        file_path: The file.
        name: Name of the file in messages; None for `file_path`.

    Raises:
        InputError: If the file is missing, is not HDF5, is damaged, or departs from the layout.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "galaxies.h5"
        ...     with h5py.File(path, "w") as file:
        ...         file["images"] = np.zeros((2, 16, 16, 3), np.uint8)
        ...         file["ans"] = np.array([0, 1], np.uint8)
        ...     with open_galaxies(path) as galaxies:
        ...         print(len(galaxies), galaxies.size, galaxies.class_names)
        2 16 ('class 0', 'class 1')
    """
    check_signature(file_path)
    path = name or file_path
    with ExitStack() as stack:
        with readable(path):
            file = stack.enter_context(h5py.File(file_path, "r"))
            galaxies = _read(path, file)
        yield galaxies


def _read(path: Path, file: h5py.File) -> GalaxyFile:
    check_links(path, file)
    images = open_images(path, file)
    count = images.shape[0]
    label = _labels(path, file, count)
    names, named = _class_names(path, file, label)
    if label.max() >= len(names):
        row = int(np.argmax(label >= len(names)))
        raise InputError(
            f"{path}: 'ans' is {label[row]} in row {row}; with {len(names)} classes it must be between 0 and "
            f"{len(names) - 1}"
        )
    ra, dec = (_numbers(path, file, key, count) for key in ("ra", "dec"))
    without = (int(np.isnan(ra).sum()), int(np.isnan(dec).sum()))
    ra, dec = check_positions(path, ra, dec)
    redshift, pxscale = (_numbers(path, file, key, count) for key in ("redshift", "pxscale"))
    return GalaxyFile(path, images, label, ra, dec, redshift, pxscale, names, named, *without)


def open_images(path: Path, file: h5py.File) -> h5py.Dataset:
    """Return the data set `images` of an open file; no pixel is read.

    Raises:
        InputError: If it is missing, has another shape or type, or parts of it were never written.
    """
    images = own_dataset(path, file, "images")
    if images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3:
        raise InputError(
            f"{path}: 'images' has shape {images.shape}; it must be (N, S, S, 3), square images with 3 channels"
        )
    if images.dtype != np.uint8:
        raise InputError(f"{path}: 'images' has type {images.dtype}; it must be uint8, with values from 0 to 255")
    count, size = images.shape[0], images.shape[1]
    if not 1 <= count <= MAX_GALAXIES or not MIN_SIZE <= size <= MAX_SIZE:
        raise InputError(
            f"{path}: 'images' holds {counted(count, 'image')} of {size} px; allowed are 1 to {MAX_GALAXIES} images of "
            f"{MIN_SIZE} to {MAX_SIZE} px"
        )
    check_written(path, images)
    return images


def _labels(path: Path, file: h5py.File, count: int) -> NDArray[np.int64]:
    dataset = own_dataset(path, file, "ans")
    if dataset.shape != (count,) or dataset.dtype != np.uint8:
        raise InputError(
            f"{path}: 'ans' has shape {dataset.shape}, type {dataset.dtype}; for {counted(count, 'image')} it must "
            f"have shape ({count},) and type uint8"
        )
    return np.asarray(dataset[:], dtype=np.int64)


def _numbers(path: Path, file: h5py.File, name: str, count: int) -> NDArray[np.float64]:
    if name not in file:
        return np.full(count, np.nan)
    dataset = own_dataset(path, file, name)
    if dataset.shape != (count,) or dataset.dtype.kind != "f":
        raise InputError(
            f"{path}: {name!r} has shape {dataset.shape}, type {dataset.dtype}; for {counted(count, 'image')} it must "
            f"have shape ({count},) and a floating-point type, with NaN where unknown"
        )
    return np.asarray(dataset[:], dtype=np.float64)


def _class_names(path: Path, file: h5py.File, label: NDArray[np.int64]) -> tuple[tuple[str, ...], bool]:
    if "class_names" not in file.attrs:
        # The published file names no classes; it is recognised by the number of galaxies of each class.
        if np.bincount(label).tolist() == list(GALAXY10_COUNTS.values()):
            return GALAXY10_CLASSES, False
        return tuple(f"class {index}" for index in range(max(2, int(label.max()) + 1))), False
    value = np.asarray(file.attrs["class_names"])
    if value.ndim != 1 or value.dtype.kind not in "SUO":
        raise InputError(
            f"{path}: attribute 'class_names' has shape {value.shape}, type {value.dtype}; it must be a list of text"
        )
    try:
        names = [name.decode("utf-8") if isinstance(name, bytes) else name for name in value.tolist()]
    except UnicodeDecodeError:
        raise InputError(f"{path}: attribute 'class_names' is not UTF-8 text") from None
    return check_class_names(names, where=f"{path}: attribute 'class_names'"), True
