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
    """Draw `count` blue knots with a total r `magnitude` in `disc`, along `arms` where these are given.

    Luminosities follow a power law, dN/dL ~ L^-2 (Kennicutt, Edgar & Hodge 1989), over a factor of ten; `spread` is
    the distance from the ridge in radians of the arm's phase.
    """
    radius = random.gamma(2.2, 0.85, count) + 0.3
    theta = random.uniform(0, 2 * np.pi, count)
    if arms is not None:
        which = random.integers(0, arms.number, count)
        ridge = arms.ridge(np.log(radius))
        theta = ridge + 2 * np.pi * which / arms.number + spread * random.standard_normal(count)
        radius = np.clip(radius, arms.start, arms.stop)
    x, y = disc.on_sky(radius, theta)
    weight = 1 / (1 / 8 + random.random(count))
    light = fluxes(magnitude, float(random.uniform(-0.05, 0.25)), float(random.uniform(-0.25, 0.1)))
    return PointSources(x, y, weight[:, None] / weight.sum() * light[None, :])
