"""Round, in-between and cigar-shaped smooth galaxies.

Sersic indices of early types around 2 to 5 and of smooth discs around 1 (Simard et al. 2011; Kelvin et al. 2012); axis
ratios by the definition of the classes (Willett et al. 2013); sizes from Shen et al. 2003 at the sample's distances.
"""

import math

import numpy as np

from galaxy.data.rendered import colours, sampling
from galaxy.data.rendered.bar import Ring
from galaxy.data.rendered.disc import Disc
from galaxy.data.rendered.scene import Body, Scene
from galaxy.data.rendered.sersic import Spheroid


def round_smooth(random: np.random.Generator) -> Scene:
    """Axis ratio of 0.78 or more; a quarter are lenticulars or tight featureless discs from above."""
    axis_ratio = float(1 - 0.22 * random.beta(1.3, 1.6))
    return _smooth(random, axis_ratio, lenticular=0.3)


def in_between_smooth(random: np.random.Generator) -> Scene:
    """Axis ratio of 0.48 to 0.8."""
    return _smooth(random, float(random.uniform(0.46, 0.78)), lenticular=0.4)


def cigar_smooth(random: np.random.Generator) -> Scene:
    """Axis ratio below 0.5: inclined lenticulars and discs without visible features."""
    apparent = sampling.magnitude(random, mean=16.9, scatter=0.6)
    redshift = sampling.distance_redshift(random, apparent, -21.0)
    passive = random.random() < 0.65
    g_r = colours.passive(random, redshift) if passive else colours.star_forming(random, redshift) + 0.1
    radius = sampling.size(random, apparent, at_16=5.0, slope=0.14, scatter=0.22)
    axis_ratio = float(random.uniform(0.24, 0.47))
    angle = sampling.turn(random)
    n = float(np.clip(random.normal(1.6, 0.6), 0.7, 3.5))
    light = colours.light(random, apparent, g_r)
    bodies: list[Body] = [Spheroid(0, 0, 0.8 * light, radius, n, axis_ratio, angle, boxiness=random.uniform(1.9, 2.3))]
    thick = min(axis_ratio * random.uniform(1.1, 1.6), 0.6)
    bodies.append(Spheroid(0, 0, 0.2 * light, 0.6 * radius, 1.5, thick, angle))
    return Scene(bodies, redshift)


def _smooth(random: np.random.Generator, axis_ratio: float, *, lenticular: float) -> Scene:
    apparent = sampling.magnitude(random, mean=16.9, scatter=0.6)
    redshift = sampling.distance_redshift(random, apparent, -21.7)
    passive = random.random() < 0.68
    g_r = colours.passive(random, redshift) if passive else colours.star_forming(random, redshift) + 0.08
    light = colours.light(random, apparent, g_r)
    angle = sampling.turn(random)
    radius = sampling.size(random, apparent, at_16=3.6 if passive else 3.0, slope=0.15, scatter=0.33)
    if random.random() < lenticular:
        return Scene(_lenticular(random, light, radius, axis_ratio, angle), redshift)
    n = float(np.clip(random.normal(4.0, 1.0) if passive else random.normal(1.7, 0.6), 0.8, 6.0))
    return Scene([Spheroid(0, 0, light, radius, n, axis_ratio, angle)], redshift)


def _lenticular(
    random: np.random.Generator, light: np.ndarray, radius: float, axis_ratio: float, angle: float
) -> list[Body]:
    bulge = float(random.uniform(0.25, 0.6))
    inner = np.array([0.95, 1.0, 1.04])
    bulge_ratio = math.sqrt(axis_ratio)
    length = radius / 1.4
    n = float(random.uniform(1.2, 3.0))
    ring = None
    if random.random() < 0.3:
        ring = Ring(0.06 * light, float(random.uniform(1.6, 2.6)), 0.35)
    return [
        Spheroid(0, 0, bulge * light * inner, 0.45 * length, n, bulge_ratio, angle),
        Disc(0, 0, (1 - bulge) * light, length, axis_ratio, angle, (1 - bulge) * light, ring=ring),
    ]
