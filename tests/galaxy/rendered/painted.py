"""The light of one body on an empty canvas."""

import numpy as np

from galaxy.rendered.canvas import Canvas
from galaxy.rendered.scene import Body
from galaxy.rendered.survey import PIXEL_SCALE

FLUX = np.array([50.0, 100.0, 150.0])
"""Flux of the bodies in g, r and z, in nanomaggies."""


def painted(body: Body, size: int = 256) -> np.ndarray:
    """Return the flux in each pixel, an array of 3 x size x size, whatever the size of the picture."""
    canvas = Canvas(size)
    body.paint(canvas)
    # Surface brightness is per native pixel.
    return np.asarray(canvas.flux * (canvas.scale / PIXEL_SCALE) ** 2)
