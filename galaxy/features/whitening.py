"""Whitening: reduces features to principal components that are divided by their standard deviation.

In the shapes, N is the number of training galaxies, M of galaxies, D of features and C of components.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import ArgumentError
from galaxy.features.pca import Components, fit_components


@dataclass(frozen=True, kw_only=True)
class Whitening:
    """A fitted whitening.

    Attributes:
        components: Principal components of the features scaled to unit length.
        divisor: (C,) standard deviation of each component to the power of the strength.
    """

    components: Components
    divisor: NDArray[np.float64]

    @property
    def explained_variance_ratio(self) -> NDArray[np.float64]:
        """Return the (C,) shares of the variance of the training galaxies in each component."""
        return self.components.explained_variance_ratio

    def __call__(self, x: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the (M, C) whitened components of (M, D) features."""
        reduced: NDArray[np.float32] = (self.components(unit_rows(x)) / self.divisor).astype(np.float32)
        return reduced


def fit_whitening(x: NDArray[np.floating], *, components: int, strength: float) -> Whitening:
    """Fit the whitening to the features of the training galaxies.

    Args:
        x: (N, D) features.
        components: Number of components, C, from 1 to the smaller of N - 1 and D.
        strength: Power of the standard deviation by which each component is divided: 0 does not divide, 1 gives all
            components the same standard deviation.

    Returns:
        The whitening of features, whose rows it first scales to unit length.

    Raises:
        ArgumentError: If `components` or `strength` is out of range.
        InputError: If features are not finite, or the same for all galaxies.
    """
    most = min(len(x) - 1, x.shape[1])
    if not 1 <= components <= most:
        raise ArgumentError(
            f"components is {components}; for {len(x)} galaxies of {x.shape[1]} features it must be between 1 and "
            f"{most}"
        )
    if not 0 <= strength <= 1:
        raise ArgumentError(f"whitening is {strength:g}; it must be between 0 and 1")
    whole = fit_components(unit_rows(x), variance=1.0)
    kept = Components(
        offset=whole.offset,
        scale=whole.scale,
        axes=whole.axes[:components],
        explained_variance_ratio=whole.explained_variance_ratio[:components],
    )
    spread = kept(unit_rows(x)).std(axis=0, dtype=np.float64)
    return Whitening(components=kept, divisor=np.where(spread > 0, spread, 1.0) ** strength)


def unit_rows(x: NDArray[np.floating]) -> NDArray[np.float64]:
    """Scale rows to Euclidean length 1; rows of zeros do not change."""
    norm = np.linalg.norm(x, axis=1, keepdims=True)
    unit: NDArray[np.float64] = x.astype(np.float64) / np.where(norm > 0, norm, 1.0)
    return unit
