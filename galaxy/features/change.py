"""How far tuning moved the embeddings."""

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError


def embedding_change(before: NDArray[np.floating], after: NDArray[np.floating]) -> dict[str, float]:
    """Measures of what tuning changed, over n galaxies (n, D), rounded to five digits.

    Returns:
        `cosine_distance`: mean of 1 - cos between a galaxy's embeddings before and after; `relative_change`: root mean
        square of the difference over that of the embeddings' spread about their mean, before.

    Raises:
        InputError: nothing has changed at all, or the new embeddings are not finite.
    """
    first, second = before.astype(np.float64), after.astype(np.float64)
    if not np.isfinite(second).all():
        raise InputError("the tuned embeddings hold NaN or infinity; lower dino_finetune.lr")
    if np.array_equal(first, second):
        raise InputError(
            "tuning has left every embedding as it was; raise dino_finetune.lr or epochs, or keep: student"
        )
    norms = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    cosine = np.einsum("nd,nd->n", first, second) / np.where(norms > 0, norms, 1.0)
    spread = np.square(first - first.mean(axis=0)).mean()
    relative = np.sqrt(np.square(second - first).mean() / spread) if spread > 0 else np.inf
    return {
        "cosine_distance": float(f"{np.mean(1 - cosine):.5g}"),
        "relative_change": float(f"{min(relative, 1e9):.5g}"),
    }
