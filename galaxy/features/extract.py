"""Computes the features of galaxies in batches, so that the memory of images does not grow with their number."""

import sys
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm


@torch.inference_mode()
def extract(
    encode: Callable[[Tensor], Tensor],
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    *,
    batch_size: int,
    device: torch.device,
    out: NDArray[np.float32] | None = None,
    title: str | None = None,
) -> NDArray[np.float32]:
    """Apply `encode` to `images[rows]` in batches.

    Args:
        encode: Turns (B, s, s, 3) uint8 images on `device` into (B, D) features.
        images: (N, s, s, 3) uint8 images, possibly a memory map; the rows of one batch are read at a time.
        rows: (M,) positions in `images`, in the order of the result.
        batch_size: Number of images in a batch, B; the last batch may be smaller.
        device: Device on which `encode` computes.
        out: (M, D) float32 array to fill, for example a memory map; None creates an array.
        title: Label of the progress bar; None shows none.

    Returns:
        (M, D) float32 features; `out` if it was given.

    Raises:
        ValueError: If `rows` is empty and `out` is None.
    """
    starts = range(0, len(rows), batch_size)
    bar = tqdm(starts, desc=title, disable=None if title else True, file=sys.stderr, unit="batch")
    for start in bar:
        batch = torch.from_numpy(np.ascontiguousarray(images[rows[start : start + batch_size]])).to(device)
        features = encode(batch).float().cpu().numpy()
        if out is None:
            out = np.empty((len(rows), features.shape[1]), dtype=np.float32)
        out[start : start + len(features)] = features
    if out is None:
        raise ValueError("no rows to extract features of")
    return out
