"""Turns fluxes into pictures with the colours of the survey's own.

Lupton et al. 2004 (PASP 116, 133): the mean of the scaled bands goes through an inverse hyperbolic sine, the ratios
of the bands stay. Scales, offset and softening are those of the Legacy Surveys' viewer, which made Galaxy10's cut-outs.
"""

import io

import numpy as np
from PIL import Image

BAND_SCALES = (6.0, 3.4, 2.2)
"""Factors for g, r, z, which become blue, green, red."""

OFFSET = 0.03
"""Added to each scaled band: it makes the empty sky dark grey instead of black."""

SOFTENING = 20.0
"""Lupton's Q."""

QUALITY = 68
"""JPEG quality; with halved colour resolution it gives the empty sky the grain and colour of the survey's pictures."""


def asinh_picture(flux: np.ndarray) -> np.ndarray:
    """Turn `flux` (3, H, W), nanomaggies per native pixel in g, r, z, into a picture (H, W, 3) uint8, red first."""
    bands = flux * np.array(BAND_SCALES, np.float32)[:, None, None]
    bands += np.float32(OFFSET)
    np.maximum(bands, 0, out=bands)
    intensity = (bands[0] + bands[1] + bands[2]) / np.float32(3)
    stretch = np.float32(SOFTENING) * intensity
    # arcsinh in its logarithmic form, which numpy vectorises.
    brightness = np.log(stretch + np.sqrt(stretch * stretch + np.float32(1)))
    brightness *= np.float32(255 / np.sqrt(SOFTENING))
    brightness /= np.maximum(intensity, np.float32(1e-6))
    bands *= brightness
    np.minimum(bands, 255, out=bands)
    return np.ascontiguousarray(bands[::-1].transpose(1, 2, 0)).astype(np.uint8)


def through_jpeg(picture: np.ndarray) -> np.ndarray:
    """Compress `picture` (H, W, 3) uint8 as JPEG, as cut-outs are served, and decode it again."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=QUALITY)
    return np.asarray(Image.open(buffer))
