"""Features of every galaxy, in batches, with memory that does not grow with their number."""

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
    """`encode` of `images[rows]`, batch by batch.

    Args:
        encode: (B, s, s, 3) uint8 on `device` to (B, D) floats.
        images: (N, s, s, 3), possibly a memory map; only the rows of a batch are read at a time.
        rows: (M,) positions in `images`, in the order wanted.
        batch_size: B; the last batch may be smaller.
        device: Where `encode` works.
        out: (M, D) array to fill, a memory map for instance; None makes one.
        title: Of the progress bar; None shows none.

    Returns:
        (M, D) float32, `out` when given.
    """
    starts = range(0, len(rows), batch_size)
    bar = tqdm(starts, desc=title, disable=None if title else True, file=sys.stderr, unit="batch")
    for start in bar:
        # Sorted reading keeps a memory map's access sequential; rows of a sorted manifest are sorted already.
        batch = torch.from_numpy(np.ascontiguousarray(images[rows[start : start + batch_size]])).to(device)
        features = encode(batch).float().cpu().numpy()
        if out is None:
            out = np.empty((len(rows), features.shape[1]), dtype=np.float32)
        out[start : start + len(features)] = features
    if out is None:
        raise ValueError("no rows to extract features of")
    return out
