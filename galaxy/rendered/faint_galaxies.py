"""Draws many small galaxies at once, on small images of one size (stamps)."""

from dataclasses import dataclass

import numpy as np

from galaxy.rendered.canvas import Canvas
from galaxy.rendered.sersic import sersic_b

HALF_STAMP = 2.0
"""Distance from the centre of a stamp to its edge in arcsec, four half-light radii of the largest galaxy."""


@dataclass(frozen=True)
class FaintGalaxies:
    """A batch of barely resolved galaxies with exponential profiles.

    Attributes:
        x, y: (n,) positions of the centres in arcsec from the centre of the picture.
        flux: (n, 3) fluxes in g, r and z, in nanomaggies.
        effective_radius: (n,) radii that hold half of the light, in arcsec. The profiles of radii above a quarter of
            `HALF_STAMP` are cut off at the stamp's edge.
        axis_ratio: (n,) minor over major axes, in (0, 1].
        angle: (n,) angles of the major axes in radians.
    """

    x: np.ndarray
    y: np.ndarray
    flux: np.ndarray
    effective_radius: np.ndarray
    axis_ratio: np.ndarray
    angle: np.ndarray

    def paint(self, canvas: Canvas) -> None:
        """Add the light to `canvas`; the sum of a stamp is the whole flux of its galaxy."""
        half = int(np.ceil(HALF_STAMP / canvas.scale))
        steps = np.arange(-half, half + 1)
        column, row = canvas.nearest(self.x), canvas.nearest(self.y)
        columns, rows = column[:, None] + steps, row[:, None] + steps
        dx = (canvas.coordinate(columns) - self.x[:, None]).astype(np.float32)[:, None, :]
        dy = (canvas.coordinate(rows) - self.y[:, None]).astype(np.float32)[:, :, None]
        cos = np.cos(self.angle).astype(np.float32)[:, None, None]
        sin = np.sin(self.angle).astype(np.float32)[:, None, None]
        along = cos * dx + sin * dy
        across = (cos * dy - sin * dx) / self.axis_ratio.astype(np.float32)[:, None, None]
        radius = np.sqrt(along * along + across * across + np.float32((0.4 * canvas.scale) ** 2))
        light = np.exp(radius * (-sersic_b(1.0) / self.effective_radius).astype(np.float32)[:, None, None])
        light /= light.sum((1, 2), keepdims=True)
        canvas.add_stamps(rows, columns, light, self.flux)
