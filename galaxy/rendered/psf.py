"""Blurs by the atmosphere and the telescope, with Moffat's profile (1969) of one width in each band."""

from functools import lru_cache

import numpy as np
import scipy.fft

from galaxy.rendered.survey import MOFFAT_BETA, SEEING, SEEING_SCATTER

STEP = 0.04
"""Widths are rounded to a multiple of this many arcsec, so that a transfer function serves many pictures."""


def draw_seeing(random: np.random.Generator) -> np.ndarray:
    """Full widths at half maximum (3,) in arcsec of one field: bands vary together, and a little on their own."""
    together, alone = random.standard_normal(), random.standard_normal(3)
    return np.array(SEEING) * np.exp(SEEING_SCATTER * together + 0.5 * SEEING_SCATTER * alone)


def blur(flux: np.ndarray, seeing: np.ndarray, scale: float) -> np.ndarray:
    """Convolve `flux` (3, H, H) with each band's profile; widths in arcsec, `scale` in arcsec per pixel.

    Returns a new float32 array. The convolution is periodic and conserves the sum of every band.
    """
    spectrum = scipy.fft.rfft2(flux)
    for band in range(3):
        spectrum[band] *= transfer(flux.shape[-1], round(float(seeing[band]) / STEP), scale)
    blurred: np.ndarray = scipy.fft.irfft2(spectrum, s=flux.shape[-2:], overwrite_x=True)
    return blurred


@lru_cache(maxsize=256)
def transfer(extent: int, steps: int, scale: float) -> np.ndarray:
    """Fourier transform (extent, extent // 2 + 1) float32 of the profile `steps` * `STEP` arcsec wide, sum 1."""
    width = steps * STEP / scale
    radius = width / (2 * np.sqrt(2 ** (1 / MOFFAT_BETA) - 1))
    axis = np.arange(extent)
    axis = np.minimum(axis, extent - axis)
    square = (axis[:, None] ** 2 + axis[None, :] ** 2) / radius**2
    profile = (1 + square) ** -MOFFAT_BETA
    # The profile is even, so its transform is real.
    return np.ascontiguousarray(scipy.fft.rfft2(profile / profile.sum()).real.astype(np.float32))
