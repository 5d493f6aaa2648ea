"""Noise of the sky in the survey's coadded images."""

import math
from functools import lru_cache

import numpy as np
from scipy.special import ndtri

from galaxy.data.rendered.survey import DEPTH, PIXEL_SCALE, SEEING, ZERO_POINT

DEPTH_SCATTER = 0.2
"""Scatter of the natural logarithm of the noise from field to field: one to five visits, bright and dark time."""

RESIDUAL = (0.34, 0.34, 0.26)
"""Noise of the pictures relative to two visits: they stack more of them and are smoothed on their way to the viewer.

A choice: it gives the deviation of the empty sky in the survey's own pictures."""


NEIGHBOUR = 0.3
"""Weight of the pixels before, along each axis: resampling from the camera's pixels correlates those of a coadd."""


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
    height, width = shape[1] + 1, shape[2] + 1
    draws = random.integers(0, 65536, (3, height, width), np.uint16)
    white = np.take(_quantiles(), draws, mode="wrap")
    noise = white[:, 1:, :-1] + white[:, :-1, 1:]
    noise *= np.float32(NEIGHBOUR)
    noise += white[:, 1:, 1:]
    noise *= (deviation / math.sqrt(1 + 2 * NEIGHBOUR**2)).astype(np.float32)[:, None, None]
    return np.asarray(noise)


@lru_cache(maxsize=1)
def _quantiles() -> np.ndarray:
    """Quantiles of the standard normal distribution (65536,) float32, at the middles of equal shares."""
    return np.asarray(ndtri((np.arange(65536) + 0.5) / 65536), np.float32)
