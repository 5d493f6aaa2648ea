"""Noise of the sky in the survey's coadded images."""

import math
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from galaxy.rendered.survey import DEPTH, PIXEL_SCALE, SEEING, ZERO_POINT

DEPTH_SCATTER = 0.25
"""Scatter of the natural logarithm of the noise between fields, with one to five visits; chosen like `RESIDUAL`."""

RESIDUAL = (0.21, 0.21, 0.175)
"""Noise of the pictures relative to that of two visits in g, r, z: more visits are stacked, and images are smoothed.

Chosen so that the standard deviation of the empty sky is that in 250 Galaxy10 DECaLS images: in the median
0.009, 0.008 and 0.008 for red, green and blue, as fluxes times the pictures' `BAND_SCALES`."""


RESAMPLINGS = 3
"""Number of times that images are interpolated by fractions of a pixel: for the coadd, the map and the cut-out.

Chosen so that the correlation of neighbouring pixels and its scatter are those of the survey's pictures."""


def median_noise() -> np.ndarray:
    """Compute the (3,) standard deviations of a native pixel in g, r, z, in nanomaggies, from the survey's depth.

    The depth is five times the standard error of the flux of a point source, sigma / sqrt(sum of the squared profile).
    For a Gaussian profile with a standard deviation of s pixels, 1 / sqrt(sum) is 2 sqrt(pi) s.
    """
    faintest = 10 ** (-0.4 * (np.array(DEPTH) - ZERO_POINT))
    width = np.array(SEEING) / PIXEL_SCALE / 2.3548
    deviation: np.ndarray = faintest / 5 / (2 * np.sqrt(np.pi) * width)
    return deviation


def sky_noise(random: np.random.Generator, shape: tuple[int, ...], scale: float) -> np.ndarray:
    """Draw the noise of one field.

    Args:
        random: Random generator.
        shape: (3, H, W).
        scale: Arcsec per pixel.

    Returns:
        (3, H, W) float32 nanomaggies per native pixel.
    """
    together, alone = random.standard_normal(), random.standard_normal(3)
    deviation = (
        median_noise() * np.array(RESIDUAL) * np.exp(DEPTH_SCATTER * (together + 0.6 * alone)) * (PIXEL_SCALE / scale)
    )
    # Two random bytes per value and a table of quantiles: five times faster than numpy's normal, and exact to 4 sigma.
    rows, columns = _interpolation(random), _interpolation(random)
    height, width = shape[1] + len(rows) - 1, shape[2] + len(columns) - 1
    draws = random.integers(0, 65536, (3, height, width), np.uint16)
    white = np.take(_quantiles(), draws, mode="wrap")
    white *= deviation.astype(np.float32)[:, None, None]
    return _filtered(_filtered(white, rows, axis=1), columns, axis=2)


def _interpolation(random: np.random.Generator) -> np.ndarray:
    """Return the weights of neighbouring pixels along an axis: Lanczos kernels of order 3, with 1 as sum of squares."""
    weights = np.ones(1)
    for shift in random.random(RESAMPLINGS):
        distance = np.arange(-2, 4) - shift
        weights = np.convolve(weights, np.sinc(distance) * np.sinc(distance / 3))
    return weights / math.sqrt(float((weights**2).sum()))


def _filtered(values: np.ndarray, weights: np.ndarray, *, axis: int) -> np.ndarray:
    """Convolve (3, H, W) values along `axis` with `weights`, without values at the edge."""
    length = values.shape[axis] - len(weights) + 1
    before = (slice(None),) * axis
    total = values[(*before, slice(0, length))] * np.float32(weights[0])
    for start, weight in enumerate(weights[1:], 1):
        total += values[(*before, slice(start, start + length))] * np.float32(weight)
    return np.asarray(total)


@lru_cache(maxsize=1)
def _quantiles() -> np.ndarray:
    """Return (65536,) float32 quantiles of the standard normal distribution, at equal steps of probability."""
    return np.asarray(ndtri((np.arange(65536) + 0.5) / 65536), np.float32)
