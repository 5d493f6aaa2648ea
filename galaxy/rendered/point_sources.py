"""Objects that consist of point sources: star-forming knots, tidal tails and stars of the field."""

from dataclasses import dataclass

import numpy as np

from galaxy.rendered.canvas import Canvas


@dataclass(frozen=True)
class PointSources:
    """Point sources.

    Attributes:
        x, y: (n,) positions in arcsec from the centre of the picture.
        flux: (n, 3) fluxes in g, r and z, in nanomaggies.
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
    """Draw a curved tidal tail (Toomre & Toomre 1972), which becomes wider and fainter towards its end.

    Args:
        random: Random generator.
        start: Position of the beginning in arcsec.
        direction: Direction at the beginning in radians.
        length: Length in arcsec.
        curvature: Angle in radians by which the direction changes along the tail.
        width: Width in the middle in arcsec; it increases threefold along the tail.
        flux: (3,) fluxes of the whole tail in nanomaggies; the light falls to a third along the tail.
    """
    count = int(300 + 150 * length)
    along = random.random(count)
    along = along * (1 - 0.35 * (1 - along))
    turned = direction + curvature * along
    # Position along an arc of constant curvature.
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
