"""Objects made of many points: star-forming knots, tidal tails and stars of the field."""

from dataclasses import dataclass

import numpy as np

from galaxy.rendered.canvas import Canvas


@dataclass(frozen=True)
class PointSources:
    """Point sources.

    Attributes:
        x, y: (n,) arcsec from the centre of the picture.
        flux: (n, 3) nanomaggies in g, r, z.
    """

    x: np.ndarray
    y: np.ndarray
    flux: np.ndarray

    def paint(self, canvas: Canvas) -> None:
        """Add the light to `canvas`."""
        canvas.add_points(self.x, self.y, self.flux)


def tidal_tail(
    random: np.random.Generator,
    *,
    start: tuple[float, float],
    direction: float,
    length: float,
    curvature: float,
    width: float,
    flux: np.ndarray,
) -> PointSources:
    """Draw a stream of stars from `start` (arcsec) in `direction` (radians) that bends (Toomre & Toomre 1972).

    `length` and `width` in arcsec, `curvature` the angle in radians through which it turns on its way; the width
    doubles and the light falls to a third towards the end. `flux`: nanomaggies (3,) of the whole stream.
    """
    count = int(60 + 25 * length)
    along = random.random(count)
    along = along * (1 - 0.35 * (1 - along))
    turned = direction + curvature * along
    # Integral of the direction over the arc.
    if abs(curvature) > 1e-3:
        x = (np.sin(turned) - np.sin(direction)) * length / curvature
        y = (np.cos(direction) - np.cos(turned)) * length / curvature
    else:
        x, y = length * along * np.cos(direction), length * along * np.sin(direction)
    spread = width * (0.5 + along)
    x = x + start[0] + spread * random.standard_normal(count)
    y = y + start[1] + spread * random.standard_normal(count)
    weight = (1 - 0.67 * along) * random.gamma(4.0, 0.25, count)
    return PointSources(x, y, weight[:, None] / weight.sum() * flux[None, :])
