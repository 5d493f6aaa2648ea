"""Attention maps of a few galaxies, kept beside their pictures."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.atomic import atomic_path


def one_of_each(ids: NDArray[np.str_], label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of the galaxy with the smallest id of each class, in the order of classes: the same for every model."""
    order = np.argsort(ids, kind="stable")
    _, first = np.unique(label[order], return_index=True)
    return order[first].astype(np.int64)


def save_attention(
    path: Path, *, ids: NDArray[np.str_], images: NDArray[np.uint8], attention: NDArray[np.float32]
) -> None:
    """Write as .npz, atomically.

    Args:
        path: Of the file.
        ids: (n,) galaxy ids.
        images: (n, s, s, 3) pictures as stored.
        attention: (n, heads, h, w) weights of CLS on the patches, each head's summing to at most one.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, id=ids, image=images, attention=attention)
