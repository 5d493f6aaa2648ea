"""Turns fluxes into pictures with the colours of the survey's pictures.

Follows Lupton et al. 2004 (PASP 116, 133): an inverse hyperbolic sine is applied to the mean of the scaled bands, and
the ratios of the bands do not change. Scales, offset and softening are those of the Legacy Surveys' viewer, which made
the cut-outs of Galaxy10.
"""

import io

import numpy as np
from PIL import Image

BAND_SCALES = (6.0, 3.4, 2.2)
"""Factors of g, r and z, which become blue, green and red."""

OFFSET = 0.03
"""Offset that is added to each scaled band; it makes the empty sky dark grey instead of black."""

SOFTENING = 20.0
"""Softening parameter Q of Lupton et al. 2004."""

QUALITY = 68
"""JPEG quality; with halved colour resolution the empty sky has the grain and colour of the survey's pictures."""


def asinh_picture(flux: np.ndarray) -> np.ndarray:
    """Turn fluxes into a picture.

    Args:
        flux: (3, H, W) nanomaggies per native pixel in g, r, z.

    Returns:
        (H, W, 3) uint8 picture with channels red, green, blue.
    """
    bands = flux * np.array(BAND_SCALES, np.float32)[:, None, None]
    bands += np.float32(OFFSET)
    np.maximum(bands, 0, out=bands)
    intensity = (bands[0] + bands[1] + bands[2]) / np.float32(3)
    stretch = np.float32(SOFTENING) * intensity
    # arcsinh(x) = log(x + sqrt(x^2 + 1)), because numpy has no vectorised arcsinh.
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
