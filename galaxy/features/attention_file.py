"""Writes the file of attention maps of a few galaxies, with their images."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.npz import write_npz


def one_of_each(ids: NDArray[np.str_], label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the position of the galaxy with the smallest id of each class, in the order of the classes."""
    order = np.argsort(ids, kind="stable")
    _, first = np.unique(label[order], return_index=True)
    return order[first].astype(np.int64)


def save_attention(
    path: Path, *, ids: NDArray[np.str_], images: NDArray[np.uint8], attention: NDArray[np.float32]
) -> None:
    """Write attention maps as an .npz file, atomically.

    Args:
        path: The file to write.
        ids: (n,) galaxy ids.
        images: (n, s, s, 3) images as stored.
        attention: (n, heads, h, w) attention of the CLS token to the patches; the sum over a head is at most 1.
    """
    write_npz(path, {"id": ids, "image": images, "attention": attention})
