"""The Sersic profile (Sersic 1963) of bulges, elliptical galaxies and galaxies of the field."""

import math
from dataclasses import dataclass

import numpy as np

from galaxy.rendered.canvas import Canvas, Window
from galaxy.rendered.survey import PIXEL_SCALE

NEGLIGIBLE = 2e-4
"""Surface brightness in nanomaggies per native pixel below which no light is drawn; a tenth of the noise."""


def sersic_b(n: float) -> float:
    """Return b_n, for which half of the light is within the effective radius (Ciotti & Bertin 1999, A&A 352, 447)."""
    return 2 * n - 1 / 3 + 4 / (405 * n) + 46 / (25515 * n**2)


def sersic_area(n: float, effective_radius: float) -> float:
    """Return the integral of exp(-b (r/re)^(1/n)) over the plane, in the unit of the radius squared."""
    b = sersic_b(n)
    return float(2 * math.pi * n * effective_radius**2 * b ** (-2 * n) * math.gamma(2 * n))


@dataclass(frozen=True)
class Spheroid:
    """An elliptical distribution of light with a Sersic profile.

    Attributes:
        x, y: Position of the centre in arcsec from the centre of the picture.
        flux: (3,) fluxes in g, r and z, in nanomaggies.
        effective_radius: Radius along the major axis that holds half of the light, in arcsec.
        n: Sersic index.
        axis_ratio: Minor over major axis, in (0, 1].
        angle: Angle of the major axis in radians.
        boxiness: Exponent of the generalised ellipse (Athanassoula et al. 1990); 2 is an ellipse, larger ones are boxy.
    """

    x: float
    y: float
    flux: np.ndarray
    effective_radius: float
    n: float
    axis_ratio: float
    angle: float
    boxiness: float = 2.0

    def paint(self, canvas: Canvas) -> None:
        """Add the light to `canvas`."""
        b = sersic_b(self.n)
        central = self.flux * (PIXEL_SCALE**2 / (sersic_area(self.n, self.effective_radius) * self.axis_ratio))
        reach = self.effective_radius * (math.log(max(float(central.max()) / NEGLIGIBLE, 1.1)) / b) ** self.n
        for window in canvas.windows(self.x, self.y, max(reach, 2 * canvas.scale)):
            self._paint(window, canvas.scale, central)

    def _paint(self, window: Window, pixel: float, central: np.ndarray) -> None:
        b = sersic_b(self.n)
        cos, sin = np.float32(math.cos(self.angle)), np.float32(math.sin(self.angle))
        along = cos * window.x + sin * window.y
        across = (cos * window.y - sin * window.x) / np.float32(self.axis_ratio)
        if self.boxiness == 2.0:
            square = along * along + across * across
        else:
            power = np.float32(self.boxiness)
            square = (np.abs(along) ** power + np.abs(across) ** power) ** (2 / power)
        # A pixel averages over the central cusp, which a softening of 0.4 pixel approximates.
        square += np.float32((0.4 * pixel) ** 2)
        square *= np.float32(1 / self.effective_radius**2)
        light = np.exp(np.float32(-b) * np.exp(np.log(square) * np.float32(0.5 / self.n)))
        for band in range(3):
            window.flux[band] += light * np.float32(central[band])
