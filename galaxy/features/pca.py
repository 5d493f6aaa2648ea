"""Principal components that explain a given share of the variance, fitted on the training galaxies.

One thread is used, because the order of sums in BLAS, and with it the last bits of the components, depends on the
number of threads. Measured for 12,415 x 1,536 features: 1.1 s, and 0.8 s with two threads.

In the shapes, N is the number of training galaxies, M of galaxies, D of features and C of components.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from galaxy.errors import InputError

SCALINGS = ("none", "block", "standard")


@dataclass(frozen=True)
class Components:
    """A fitted projection of features onto principal components.

    Attributes:
        offset: (D,) means, which are subtracted from the features.
        scale: (D,) divisors of the centred features.
        axes: (C, D) directions of the components, rows of length 1.
        explained_variance_ratio: (C,) share of the variance of the scaled training features, in decreasing order.
    """

    offset: NDArray[np.float64]
    scale: NDArray[np.float64]
    axes: NDArray[np.float64]
    explained_variance_ratio: NDArray[np.float64]

    def __call__(self, x: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return the (M, C) components of (M, D) features."""
        # (x - offset) / scale @ axes.T, rearranged so that x is not copied.
        axes = self.axes / self.scale
        with threadpool_limits(1):
            projected = x.astype(np.float64, copy=False) @ axes.T - axes @ self.offset
        return projected.astype(np.float32)


def fit_components(x: NDArray[np.floating], *, variance: float, scaling: str = "none", blocks: int = 1) -> Components:
    """Fit principal components to the features of the training galaxies.

    Args:
        x: (N, D) features, N at least 2.
        variance: Share of the variance that the components explain at least, in (0, 1]; 1 keeps all components.
        scaling: `none` as in the report; `block` divides the features of each block by the block's total standard
            deviation, so that the CLS tokens of all blocks have the same weight; `standard` divides each feature by its
            standard deviation.
        blocks: Number of equal parts that the D features consist of, for the scaling `block`.

    Returns:
        The projection onto the first C components, at most min(N, D).

    Raises:
        InputError: If `variance`, `scaling` or `blocks` is out of range, there are fewer than two galaxies, or features
            are not finite or constant.

    Example:
        >>> fitted = fit_components(np.array([[0.0, 0.0], [2.0, 0.0], [4.0, 0.1]]), variance=0.9)
        >>> fitted(np.array([[2.0, 0.0]])).shape
        (1, 1)
    """
    if not 0 < variance <= 1:
        raise InputError(f"variance is {variance}; it must be a share in (0, 1]")
    if x.ndim != 2 or len(x) < 2:
        raise InputError(f"features have shape {x.shape}; principal components need at least two training galaxies")
    if not np.isfinite(x).all():
        raise InputError("the features contain NaN or infinity; compute them again")
    exact = x.astype(np.float64)
    offset = exact.mean(axis=0)
    exact -= offset
    scale = _scale(exact, scaling, blocks)
    exact /= scale
    total = float(np.einsum("nd,nd->", exact, exact))
    if total <= 1e-12 * len(x) * max(1.0, float(np.square(offset / scale).sum())):
        raise InputError("all training galaxies have the same features; check the images and the backbone's weights")
    # Cheaper than an SVD, N D^2 + D^3 operations, but it needs more galaxies than features.
    solver = "covariance_eigh" if x.shape[0] > x.shape[1] else "full"
    pca = PCA(n_components=variance if variance < 1 else None, svd_solver=solver, copy=False)
    with threadpool_limits(1):
        pca.fit(exact)
    return Components(
        offset=offset,
        scale=scale,
        axes=np.asarray(pca.components_, dtype=np.float64),
        explained_variance_ratio=np.asarray(pca.explained_variance_ratio_, dtype=np.float64),
    )


def _scale(centred: NDArray[np.float64], scaling: str, blocks: int) -> NDArray[np.float64]:
    width = centred.shape[1]
    if scaling == "none":
        return np.ones(width)
    std: NDArray[np.float64] = np.sqrt(np.square(centred).mean(axis=0))
    if scaling == "standard":
        return np.where(std > 0, std, 1.0)
    if scaling != "block":
        raise InputError(f"unknown scaling {scaling!r}; allowed are {', '.join(SCALINGS)}")
    if blocks < 1 or width % blocks:
        raise InputError(f"{width} features cannot be divided into {blocks} blocks of equal size")
    per_block = np.sqrt(np.square(std.reshape(blocks, -1)).sum(axis=1))
    return np.repeat(np.where(per_block > 0, per_block, 1.0), width // blocks)
