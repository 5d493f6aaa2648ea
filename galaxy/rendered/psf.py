"""Blurs pictures like atmosphere and telescope, with a Moffat profile (Moffat 1969) whose width depends on the band."""

from functools import lru_cache

import numpy as np
import scipy.fft

from galaxy.rendered.survey import MOFFAT_BETA, SEEING, SEEING_SCATTER

STEP = 0.04
"""Widths are rounded to multiples of this value in arcsec, so that many pictures share a transfer function."""


def draw_seeing(random: np.random.Generator) -> np.ndarray:
    """Draw the (3,) full widths at half maximum of a field in g, r, z, in arcsec, which are correlated."""
    together, alone = random.standard_normal(), random.standard_normal(3)
    return np.array(SEEING) * np.exp(SEEING_SCATTER * together + 0.5 * SEEING_SCATTER * alone)


def blur(flux: np.ndarray, seeing: np.ndarray, scale: float) -> np.ndarray:
    """Convolve each band with its profile; the convolution is periodic and conserves the sum of a band.

    Args:
        flux: (3, H, H) float32.
        seeing: (3,) full widths at half maximum in arcsec.
        scale: Arcsec per pixel.

    Returns:
        (3, H, H) float32, a new array.
    """
    spectrum = scipy.fft.rfft2(flux)
    for band in range(3):
        spectrum[band] *= transfer(flux.shape[-1], round(float(seeing[band]) / STEP), scale)
    blurred: np.ndarray = scipy.fft.irfft2(spectrum, s=flux.shape[-2:], overwrite_x=True)
    return blurred


@lru_cache(maxsize=256)
def transfer(extent: int, steps: int, scale: float) -> np.ndarray:
    """Return the Fourier transform (extent, extent // 2 + 1) of the normalised profile of `steps` * `STEP` arcsec."""
    width = steps * STEP / scale
    radius = width / (2 * np.sqrt(2 ** (1 / MOFFAT_BETA) - 1))
    axis = np.arange(extent)
    axis = np.minimum(axis, extent - axis)
    square = (axis[:, None] ** 2 + axis[None, :] ** 2) / radius**2
    profile = (1 + square) ** -MOFFAT_BETA
    # The profile is even, so its transform is real.
    return np.ascontiguousarray(scipy.fft.rfft2(profile / profile.sum()).real.astype(np.float32))
