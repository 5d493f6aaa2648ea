"""Reduces features by UMAP (McInnes, Healy & Melville 2018) if the package umap-learn is installed."""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError


def fit_umap(
    x: NDArray[np.floating], *, components: int, neighbours: int, seed: int
) -> Callable[[NDArray[np.floating]], NDArray[np.float32]]:
    """Fit UMAP to the features of the training galaxies.

    Args:
        x: (N, D) features.
        components: Number of dimensions to reduce to.
        neighbours: Number of nearest neighbours that define a neighbourhood.
        seed: Seed of the optimisation, which makes UMAP use one thread and give the same result every time.

    Returns:
        A function from (M, D) features to (M, `components`) coordinates.

    Raises:
        InputError: If the package is not installed, or cannot be imported.
    """
    if find_spec("umap") is None:
        raise InputError(
            "the reduction umap needs the package umap-learn, which is not installed; install it, or take the "
            "reduction whitening"
        )
    try:
        from umap import UMAP  # type: ignore[import-not-found]
    except ImportError as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"the package umap-learn cannot be imported ({reason}); install umap-learn again, not the package umap, "
            "which is another one, or reduce without UMAP"
        ) from None
    reducer: Any = UMAP(n_components=components, n_neighbors=neighbours, min_dist=0.0, random_state=seed, n_jobs=1)
    reducer.fit(x)
    return lambda given: np.asarray(reducer.transform(given), dtype=np.float32)
