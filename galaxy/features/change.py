"""Measures of how much fine-tuning has changed the embeddings."""

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError


def embedding_change(before: NDArray[np.floating], after: NDArray[np.floating]) -> dict[str, float]:
    """Compare the embeddings of the same galaxies before and after tuning.

    Args:
        before: (n, D) embeddings before tuning.
        after: (n, D) embeddings after tuning.

    Returns:
        Two values rounded to five digits. `cosine_distance` is 1 - cos of the angle between both embeddings of a
        galaxy, averaged over galaxies. `relative_change` is the root mean square of the difference, divided by the
        root mean square deviation of the embeddings before tuning from their mean.

    Raises:
        InputError: If nothing has changed at all, or the new embeddings are not finite.
    """
    first, second = before.astype(np.float64), after.astype(np.float64)
    if not np.isfinite(second).all():
        raise InputError("the fine-tuned embeddings contain NaN or infinity; lower the learning rate")
    if np.array_equal(first, second):
        raise InputError(
            "fine-tuning has not changed any embedding; raise the learning rate or the number of epochs, or "
            "keep the student"
        )
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cosine = np.einsum("nd,nd->n", first, second) / np.where(norms > 0, norms, 1.0)
    spread = np.square(first - first.mean(axis=0)).mean()
    relative = np.sqrt(np.square(second - first).mean() / spread) if spread > 0 else np.inf
    return {
        "cosine_distance": float(f"{np.mean(1 - cosine):.5g}"),
        "relative_change": float(f"{min(relative, 1e9):.5g}"),
    }
