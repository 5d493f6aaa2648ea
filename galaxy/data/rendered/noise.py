"""Noise of the sky in the survey's coadded images."""

import numpy as np

from galaxy.data.rendered.survey import DEPTH, PIXEL_SCALE, SEEING, ZERO_POINT

DEPTH_SCATTER = 0.2
"""Scatter of the natural logarithm of the noise from field to field: one to five visits, bright and dark time."""

RESIDUAL = (0.39, 0.38, 0.30)
"""Noise of the pictures relative to two visits: they stack more of them and are smoothed on their way to the viewer.

A choice: it gives the deviation of the empty sky in the survey's own pictures."""

NEIGHBOUR = 0.1
"""Weight of the next pixels along each axis: coadds are resampled from the camera's pixels, which correlates them."""


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
    white = random.standard_normal(shape, dtype=np.float32)
    weight = np.float32(NEIGHBOUR)
    smooth = white.copy()
    smooth[:, 1:] += weight * white[:, :-1]
    smooth[:, :-1] += weight * white[:, 1:]
    white = smooth.copy()
    white[:, :, 1:] += weight * smooth[:, :, :-1]
    white[:, :, :-1] += weight * smooth[:, :, 1:]
    white *= (deviation / (1 + 2 * NEIGHBOUR**2)).astype(np.float32)[:, None, None]
    return white
