"""Noise of the sky in the survey's coadded images."""

import math
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from galaxy.rendered.survey import DEPTH, PIXEL_SCALE, SEEING, ZERO_POINT

DEPTH_SCATTER = 0.2
"""Scatter of the natural logarithm of the noise from field to field: one to five visits, bright and dark time."""

RESIDUAL = (0.34, 0.34, 0.26)
"""Noise of the pictures relative to two visits: they stack more of them and are smoothed on their way to the viewer.

A choice: it gives the deviation of the empty sky in the survey's own pictures."""


RESAMPLINGS = 3
"""Times that pixels go through an interpolation by fractions of a pixel: into the coadd, the map and the cut-out.

A choice: it gives the correlation of neighbouring pixels in the survey's own pictures, and its scatter."""


def median_noise() -> np.ndarray:
    """Standard deviation (3,) of a native pixel, nanomaggies, in g, r, z, from the survey's depth.

    The depth is five times the noise of a point source's best flux, sigma / sqrt(sum of the squared profile), and a
    Gaussian profile of deviation s pixels has 1 / sqrt(sum) = 2 sqrt(pi) s.
    """
    faintest = 10 ** (-0.4 * (np.array(DEPTH) - ZERO_POINT))
    width = np.array(SEEING) / PIXEL_SCALE / 2.3548
    deviation: np.ndarray = faintest / 5 / (2 * np.sqrt(np.pi) * width)
    return deviation


def sky_noise(random: np.random.Generator, shape: tuple[int, ...], scale: float) -> np.ndarray:
    """Noise of one field, `shape` (3, H, W) float32, nanomaggies per native pixel, for pixels of `scale` arcsec."""
    together, alone = random.standard_normal(), random.standard_normal(3)
    deviation = (
        median_noise() * np.array(RESIDUAL) * np.exp(DEPTH_SCATTER * (together + 0.6 * alone)) * (PIXEL_SCALE / scale)
    )
    # Two random bytes per value and a table of quantiles: five times faster than normal deviates, and exact to 4 sigma.
    rows, columns = _interpolation(random), _interpolation(random)
    height, width = shape[1] + len(rows) - 1, shape[2] + len(columns) - 1
    draws = random.integers(0, 65536, (3, height, width), np.uint16)
    white = np.take(_quantiles(), draws, mode="wrap")
    white *= deviation.astype(np.float32)[:, None, None]
    return _filtered(_filtered(white, rows, axis=1), columns, axis=2)


def _interpolation(random: np.random.Generator) -> np.ndarray:
    """Weights of neighbouring pixels along one axis, sum of squares 1: Lanczos's kernel of order 3 at random shifts."""
    weights = np.ones(1)
    for shift in random.random(RESAMPLINGS):
        distance = np.arange(-2, 4) - shift
        weights = np.convolve(weights, np.sinc(distance) * np.sinc(distance / 3))
    return weights / math.sqrt(float((weights**2).sum()))


def _filtered(values: np.ndarray, weights: np.ndarray, *, axis: int) -> np.ndarray:
    """`values` (3, H, W) with neighbours along `axis` summed by `weights`, shorter there by their number less one."""
    length = values.shape[axis] - len(weights) + 1
    before = (slice(None),) * axis
    total = values[(*before, slice(0, length))] * np.float32(weights[0])
    for start, weight in enumerate(weights[1:], 1):
        total += values[(*before, slice(start, start + length))] * np.float32(weight)
    return np.asarray(total)


@lru_cache(maxsize=1)
def _quantiles() -> np.ndarray:
    """Quantiles of the standard normal distribution (65536,) float32, at the middles of equal shares."""
    return np.asarray(ndtri((np.arange(65536) + 0.5) / 65536), np.float32)
