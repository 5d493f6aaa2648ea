"""Opens an HDF5 file of images in Galaxy10's layout that need not have labels."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from galaxy.data.hdf5_dataset import check_links, own_dataset
from galaxy.data.hdf5_errors import readable
from galaxy.data.hdf5_signature import check_signature
from galaxy.data.layout import GalaxyFile, open_images
from galaxy.errors import InputError


@contextmanager
def open_unlabelled(path: Path) -> Iterator[GalaxyFile]:
    """Open a file and check its `images` (N, S, S, 3) uint8; nothing else in it is read.

    In the result all labels are 0, positions and other numbers are NaN, and there are no class names.

    Raises:
        InputError: If the file is missing, is not HDF5, is damaged, or has no such images.
    """
    check_signature(path)
    with ExitStack() as stack:
        with readable(path):
            file = stack.enter_context(h5py.File(path, "r"))
            check_links(path, file)
            images = open_images(path, file)
            count = images.shape[0]
        nan = np.full(count, np.nan)
        yield GalaxyFile(path, images, np.zeros(count, dtype=np.int64), nan, nan, nan, nan, (), named=False)


def unlabelled_column(galaxies: GalaxyFile, name: str) -> NDArray[Any] | None:
    """Read a column that lies beside the images of an open file.

    Args:
        galaxies: An open file, from `open_unlabelled`.
        name: Name of a data set of shape (N,) that holds text or numbers, such as `id`, `ra` or `pxscale`.

    Returns:
        (N,) array of text or numbers; None if the file has no such data set.

    Raises:
        InputError: If the data set is damaged, has another shape or holds neither text nor numbers.
    """
    file = galaxies.images.file
    if name not in file:
        return None
    dataset = own_dataset(galaxies.path, file, name)
    text = h5py.check_string_dtype(dataset.dtype) is not None
    if dataset.shape != (len(galaxies),) or not (text or dataset.dtype.kind in "iuf"):
        raise InputError(
            f"{galaxies.path}: {name!r} has shape {dataset.shape} and type {dataset.dtype}; for {len(galaxies)} "
            f"images it must have shape ({len(galaxies)},) and contain text or numbers"
        )
    with readable(galaxies.path):
        return np.array(dataset.asstr()[:], dtype=np.str_) if text else np.asarray(dataset[:])
