"""Reads batches of images or features from the memory of the device if they fit there, or from a memory map."""

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.training.supervised import Source

_SHARE_OF_FREE_MEMORY = 0.5


def array_source(array: NDArray[np.generic], rows: NDArray[np.int64], device: torch.device) -> Source:
    """Return a source of batches of `array[rows]`.

    If the rows take at most half of the free memory of a GPU, they are copied there once and batches are gathered
    there; otherwise each batch is gathered on the CPU and copied. On the CPU, batches are gathered from `array`
    itself, which may be a memory map.

    Args:
        array: (M, ...) array of a type that torch has.
        rows: (N,) position in `array` of each of the N items.
        device: Device of the batches.

    Returns:
        A function from (b,) int64 positions in [0, N) to (b, ...) on `device`.
    """
    if device.type == "cuda":
        size = array[:1].nbytes * len(rows)
        free, _ = torch.cuda.mem_get_info(device)
        if size <= _SHARE_OF_FREE_MEMORY * free:
            resident = torch.empty((len(rows), *array.shape[1:]), dtype=_torch_type(array), device=device)
            for part in np.array_split(np.arange(len(rows)), max(1, size >> 28)):  # pieces of 256 MiB
                resident[part[0] : part[-1] + 1] = torch.from_numpy(array[rows[part]]).to(device)
            return lambda positions: resident[positions.to(device, non_blocking=True)]

        def stream(positions: torch.Tensor) -> torch.Tensor:
            return torch.from_numpy(array[rows[positions.numpy()]]).pin_memory().to(device, non_blocking=True)

        return stream
    return lambda positions: torch.from_numpy(array[rows[positions.numpy()]])


def _torch_type(array: NDArray[np.generic]) -> torch.dtype:
    return torch.from_numpy(np.empty(0, dtype=array.dtype)).dtype
