"""Finds the galaxies of a batch that are nearest to others: by faiss where it is installed, else by NumPy."""

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray


def best_of_batch(
    wanted: NDArray[np.float64], batch: NDArray[np.float64], count: int, *, with_faiss: bool | None = None
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Find the `count` directions of a batch that are nearest to each of Q directions. The search is exact.

    faiss (Douze et al. 2024) finds them in 32-bit floats with an `IndexFlatIP`; their distances are computed again in
    64 bits. Only galaxies that are equally near within 1e-7 can change places with it.

    Args:
        wanted: (Q, D) of length 1.
        batch: (n, D) of length 1.
        count: Number of neighbours; all n where there are fewer.
        with_faiss: Whether faiss searches; None uses it where it is installed.

    Returns:
        (Q, count) places in the batch and (Q, count) distances, one minus the cosine; the nearest first, and of
        equally near ones the first of the batch.
    """
    count = min(count, len(batch))
    if with_faiss is None:
        with_faiss = find_spec("faiss") is not None
    if with_faiss and count < len(batch):
        found = np.sort(_faiss_search(wanted, batch, count), axis=1)
        distance = 1 - np.einsum("qd,qkd->qk", wanted, batch[found])
    else:
        distance = 1 - wanted @ batch.T
        found = np.broadcast_to(np.arange(len(batch)), distance.shape)
    # Stable, so that of equally near galaxies those that came first are kept, in the order in which they came.
    order = np.argsort(distance, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(found, order, axis=1), np.take_along_axis(distance, order, axis=1)


def _faiss_search(wanted: NDArray[np.float64], batch: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    import faiss

    index = faiss.IndexFlatIP(batch.shape[1])
    index.add(np.ascontiguousarray(batch, dtype=np.float32))
    found: NDArray[np.int64] = index.search(np.ascontiguousarray(wanted, dtype=np.float32), count)[1]
    return found
