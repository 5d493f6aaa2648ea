"""Measures how different a galaxy is from those of the training, by distances in feature space.

Distances to the nearest neighbours in a network's features find images of another kind well (Sun et al. 2022,
arXiv:2204.06507). Validation galaxies stand for the training's, because the network has not fitted them.
"""

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 5


class Unlike:
    """Compares galaxies with the validation galaxies.

    Args:
        features: (N, D) features of the validation galaxies, N at least 2.

    Example:
        >>> unlike = Unlike(np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]))
        >>> unlike(np.array([[3.0], [100.0]]))
        array([0., 1.])
    """

    def __init__(self, features: NDArray[np.floating]) -> None:
        self.features = features.astype(np.float64)
        self._squares = np.square(self.features).sum(axis=1)
        self._neighbours = min(NEIGHBOURS, len(features) - 1)
        own = self._squared(self.features)
        np.fill_diagonal(own, np.inf)
        self._own = np.sort(self._mean_distance(own))

    def __call__(self, features: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return, for each galaxy, the share of validation galaxies that lie nearer to the others than it does.

        Args:
            features: (M, D) features.

        Returns:
            (M,) numbers from 0 (as typical as any) to 1 (farther away than every validation galaxy).
        """
        away = self._mean_distance(self._squared(features.astype(np.float64)))
        share: NDArray[np.float64] = np.searchsorted(self._own, away, side="left") / len(self._own)
        return share

    def _squared(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        sums = np.square(features).sum(axis=1)[:, None] + self._squares
        squared: NDArray[np.float64] = np.maximum(sums - 2 * (features @ self.features.T), 0)
        return squared

    def _mean_distance(self, squared: NDArray[np.float64]) -> NDArray[np.float64]:
        nearest = np.partition(squared, self._neighbours - 1, axis=1)[:, : self._neighbours]
        mean: NDArray[np.float64] = np.sqrt(nearest).mean(axis=1)
        return mean
