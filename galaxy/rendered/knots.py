"""Star-forming regions in a disc."""

import numpy as np

from galaxy.rendered.disc import Disc
from galaxy.rendered.photometry import fluxes
from galaxy.rendered.point_sources import PointSources
from galaxy.rendered.spiral_arms import SpiralArms


def knots(
    random: np.random.Generator,
    disc: Disc,
    *,
    count: int,
    magnitude: float,
    arms: SpiralArms | None = None,
    spread: float = 0.25,
) -> PointSources:
    """Draw blue knots in a disc.

    Luminosities follow a power law, dN/dL ~ L^-2 (Kennicutt, Edgar & Hodge 1989), over a factor of ten.

    Args:
        random: Random generator.
        disc: The disc.
        count: Number of knots.
        magnitude: Magnitude in r of all knots together.
        arms: Arms along which the knots are; None distributes them over the disc.
        spread: Standard deviation of the distance from the centre of the arm, in radians.
    """
    radius = random.gamma(2.2, 0.85, count) + 0.3
    theta = random.uniform(0, 2 * np.pi, count)
    if arms is not None:
        outside = (radius < arms.start) | (radius > arms.stop)
        radius = np.where(outside, random.uniform(arms.start, arms.stop, count), radius)
        which = random.integers(0, arms.number, count)
        ridge = arms.ridge(np.log(radius))
        theta = ridge + 2 * np.pi * which / arms.number + spread * random.standard_normal(count)
    x, y = disc.on_sky(radius, theta)
    weight = 1 / (1 / 8 + random.random(count))
    light = fluxes(magnitude, float(random.uniform(-0.05, 0.25)), float(random.uniform(-0.25, 0.1)))
    return PointSources(x, y, weight[:, None] / weight.sum() * light[None, :])
