"""The image store: the images of all galaxies of the manifest as one memory-mapped array."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from galaxy.errors import InputError

IMAGES = "images.npy"
IDS = "ids.npy"


@dataclass(frozen=True, eq=False)
class ImageStore:
    """M images of s x s pixels in the channels red, green and blue, which show the bands z, r and g.

    `images` is a read-only memory map (M, s, s, 3) of uint8, 0 to 255: indexing it with an array of positions copies
    only those images. `ids` (M,) is sorted. A position is only valid within one store, so join by id.
    """

    images: np.memmap[tuple[int, ...], np.dtype[np.uint8]]
    ids: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def size(self) -> int:
        """Return the width and height of the images in pixels."""
        return int(self.images.shape[1])

    def rows_of(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Return the position of each of `ids` (in any order, repeats allowed) as int64 of the same shape.

        Raises:
            InputError: If an id is not in the store.

        Example:
            >>> store = ImageStore(images=np.zeros((3, 8, 8, 3), np.uint8), ids=np.array(["a", "b", "c"]))
            >>> store.rows_of(["c", "a"])
            array([2, 0])
        """
        wanted = np.asarray(ids, dtype=np.str_)
        positions = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1).astype(np.int64)
        foreign = wanted[self.ids[positions] != wanted]
        if foreign.size:
            raise InputError(
                f"{foreign.size} of {wanted.size} galaxies are not in the image store, the first is "
                f"{foreign.flat[0]}; manifest and store must be written by the same run of stages.split"
            )
        return positions


def open_store(folder: Path) -> ImageStore:
    """Open the store that the stage split wrote; no pixel is read.

    Raises:
        InputError: If a file is missing, truncated, or of another shape or type.
    """
    images = _map(folder / IMAGES)
    ids = np.array(_map(folder / IDS))
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[1] != images.shape[2] or images.shape[3] != 3:
        raise InputError(
            f"{folder / IMAGES} has shape {images.shape} and type {images.dtype}; it must have shape (M, s, s, "
            "3) and type uint8; run stages.split again"
        )
    if not images.flags.c_contiguous:
        raise InputError(f"{folder / IMAGES} is in Fortran order; it must be in C order: run stages.split again")
    if ids.dtype.kind != "U" or ids.shape != images.shape[:1]:
        raise InputError(
            f"{folder / IDS} has shape {ids.shape} and type {ids.dtype}; it must contain {images.shape[0]} ids "
            "as text, one for each image; run stages.split again"
        )
    if len(ids) == 0 or not (ids[1:] > ids[:-1]).all():
        raise InputError(f"{folder / IDS} is empty, or its ids are repeated or not sorted; run stages.split again")
    return ImageStore(images=images, ids=ids)


def _map(path: Path) -> "np.memmap[Any, Any]":
    try:
        with warnings.catch_warnings(action="ignore"):  # about Python 2, which numpy takes a damaged header for
            array = np.load(path, mmap_mode="r", allow_pickle=False)
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; stages.split writes it") from None
    except Exception as error:  # noqa: BLE001 -- numpy parses the header as Python source: damage raises anything
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{path} cannot be read as an array ({reason}); run stages.split again") from None
    if not isinstance(array, np.memmap):
        raise InputError(f"{path} is not a plain array; run stages.split again")
    return array
