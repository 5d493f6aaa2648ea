from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from galaxy.clustering.stability import stability


def blobs(count: int = 4, *, size: int = 40, spread: float = 0.25) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    centres = np.eye(6)[:count] * 2
    x = np.concatenate([rng.normal(centre, spread, (size, 6)) for centre in centres])
    return x.astype(np.float32), np.repeat(np.arange(count), size)


def nearest_centre(
    count: int,
) -> Callable[[NDArray[np.float32], int], Callable[[NDArray[np.float32]], NDArray[np.int64]]]:
    from galaxy.clustering.kmeans import distances, fit_centres

    def fit(x: NDArray[np.float32], seed: int) -> Callable[[NDArray[np.float32]], NDArray[np.int64]]:
        centres = fit_centres(x, clusters=count, restarts=3, seed=seed)
        return lambda given: distances(given, centres).argmin(axis=1).astype(np.int64)

    return fit


def test_the_true_number_of_clusters_is_the_most_stable() -> None:
    x, _ = blobs()
    found = {count: stability(nearest_centre(count), x, repeats=3, seed=0) for count in (3, 4, 7)}
    assert found[4] > 0.95
    assert max(found, key=lambda count: found[count]) == 4
