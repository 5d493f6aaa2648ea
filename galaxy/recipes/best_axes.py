"""Measures how principal components depend on orientation, size, colour, brightness, sharpness and class.

M is the number of galaxies, P of components and K of classes.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression

from galaxy.data.manifest import Manifest

_LEADING = 3  # number of leading components that are reported one by one


def explained_axes(
    components: NDArray[np.floating], measured: Mapping[str, NDArray[np.float64]], galaxies: Manifest, *, classes: int
) -> dict[str, Any]:
    """Regress the components on each measured quantity, and on the class.

    The regressions are linear, because squares of the orientation would contain the elongation, which depends on the
    class. They are fitted on the training galaxies. R^2 is measured on the test galaxies: 1 minus the ratio of squared
    residuals to squared deviations from the training galaxies' mean; negative values are set to 0.

    Args:
        components: (M, P) components, the first with the largest variance.
        measured: (M, n) values of each quantity, by its name.
        galaxies: The manifest.
        classes: Number of classes, K.

    Returns:
        `share`: the share of the variance of all components that each of the leading ones has. `r2`, by the name of the
        quantity: `leading` has R^2 of each leading component, and `all` the mean over all components, weighted by their
        variance.
    """
    train, test = galaxies.split == "train", galaxies.split == "test"
    y = components.astype(np.float64)
    squares = np.square(y[test] - y[train].mean(axis=0)).sum(axis=0)
    spread = np.maximum(squares, np.finfo(np.float64).tiny)
    quantities = dict(measured)
    quantities["class"] = np.eye(classes)[galaxies.label]
    quantities["all but the class"] = np.concatenate(list(measured.values()), axis=1)
    found = {}
    for name, x in quantities.items():
        predicted = LinearRegression().fit(x[train], y[train]).predict(x[test])
        residual = np.square(y[test] - predicted).sum(axis=0)
        found[name] = {
            "leading": _rounded(np.maximum(1 - residual / spread, 0)[:_LEADING]),
            "all": max(0.0, round(float(1 - residual.sum() / spread.sum()), 4)),
        }
    variance = y[train].var(axis=0)
    return {"share": _rounded((variance / max(variance.sum(), np.finfo(np.float64).tiny))[:_LEADING]), "r2": found}


def _rounded(values: NDArray[np.float64]) -> list[float]:
    rounded: list[float] = values.round(4).tolist()
    return rounded
