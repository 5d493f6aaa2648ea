"""Tightly and loosely wound spirals without a bar.

Published values: pitch angles of 7 to 40 degrees with a mean near 20, smaller with larger bulges (Davis et al. 2012; Yu
& Ho 2020); bulge shares from 0.4 to below 0.1 along the Hubble sequence, Sersic indices of 1 to 2.5 (Graham & Worley
2008; Gao et al. 2019); two arms in half of the spirals, three, four or broken arms in the others (Willett et al. 2013;
Hart et al. 2016).

Values adjusted by comparison with the survey's pictures: the pitch angle that separates tight from loose spirals,
contrast, sharpness and meander of the arms, the shares of light in bulges and knots, mean and scatter of magnitudes,
sizes and colours. In the pictures loose spirals are one magnitude fainter and a third smaller than tight ones, because
in small pictures of distant spirals only open arms can be seen.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from galaxy.rendered import galaxy_colour, sampling
from galaxy.rendered.disc import Disc
from galaxy.rendered.knots import knots
from galaxy.rendered.scene import Body, Scene
from galaxy.rendered.sersic import Spheroid
from galaxy.rendered.winding import draw_arms

Range = tuple[float, float]


@dataclass(frozen=True)
class SpiralKind:
    """Parameters of one kind of spiral; values are drawn uniformly from ranges.

    Attributes:
        bulge, arms, knots: Shares of the light, 0 to 1.
        pitch: Pitch angle in degrees.
        sharpness, meander: The attributes of `SpiralArms` of these names.
        numbers: Numbers of arms with their probabilities.
        scale_length: Scale length of the disc in arcsec at r = 16.
        axis_ratio: Apparent minor over major axis.
        lopsidedness: Largest lopsidedness of the arms.
    """

    bulge: Range
    arms: Range
    knots: Range
    pitch: Range
    sharpness: Range
    meander: Range
    numbers: tuple[tuple[int, float], ...]
    scale_length: float
    axis_ratio: Range
    lopsidedness: float


TIGHT = SpiralKind(
    bulge=(0.05, 0.32),
    arms=(0.1, 0.4),
    knots=(0.0, 0.03),
    pitch=(9.0, 24.0),
    sharpness=(0.8, 3.0),
    meander=(0.2, 0.9),
    numbers=((2, 0.45), (3, 0.25), (4, 0.2), (5, 0.1)),
    scale_length=3.9,
    axis_ratio=(0.45, 1.0),
    lopsidedness=0.25,
)
LOOSE = SpiralKind(
    bulge=(0.03, 0.25),
    arms=(0.12, 0.42),
    knots=(0.0, 0.05),
    pitch=(22.0, 42.0),
    sharpness=(0.8, 3.5),
    meander=(0.1, 0.7),
    numbers=((1, 0.1), (2, 0.65), (3, 0.2), (4, 0.05)),
    scale_length=3.5,
    axis_ratio=(0.42, 1.0),
    lopsidedness=0.3,
)
INCLINED = replace(TIGHT, pitch=(10.0, 30.0), axis_ratio=(0.22, 0.36), scale_length=6.0, arms=(0.15, 0.4))
"""Spirals that are nearly edge-on, whose arms look like patches along a thin disc."""


def tight_spiral(random: np.random.Generator) -> Scene:
    """Draw a spiral with tightly wound arms, in many cases several and faint ones."""
    apparent = sampling.magnitude(random, mean=16.2, scatter=0.5)
    redshift = sampling.distance_redshift(random, apparent, -21.6)
    g_r = galaxy_colour.mixed(random, redshift, red=0.5, scatter=0.11) + 0.05
    return Scene(unbarred(random, TIGHT, apparent, g_r), redshift)


def loose_spiral(random: np.random.Generator) -> Scene:
    """Draw a spiral with open arms and a small bulge, in many cases blue and irregular."""
    apparent = sampling.magnitude(random, mean=17.05, scatter=0.65)
    redshift = sampling.distance_redshift(random, apparent, -20.9)
    g_r = galaxy_colour.mixed(random, redshift, red=0.35, scatter=0.11) + 0.07
    return Scene(unbarred(random, LOOSE, apparent, g_r), redshift)


def unbarred(random: np.random.Generator, kind: SpiralKind, apparent: float, g_r: float) -> list[Body]:
    """Draw disc, bulge and knots of a spiral.

    Args:
        random: Random generator.
        kind: Ranges of the parameters.
        apparent: Apparent magnitude in r.
        g_r: Mean colour g-r in magnitudes.
    """
    length = sampling.size(random, apparent, at_16=kind.scale_length, slope=0.13, scatter=0.2)
    axis_ratio = sampling.inclined(random, *kind.axis_ratio)
    angle = sampling.turn(random)
    bulge, in_arms = float(random.uniform(*kind.bulge)), float(random.uniform(*kind.arms))
    smooth = max(1 - bulge - in_arms, 0.1)
    old = galaxy_colour.light(random, apparent, g_r + 0.2)
    mean = galaxy_colour.light(random, apparent, g_r)
    young = galaxy_colour.light(random, apparent, g_r - float(random.uniform(0.1, 0.35)))
    arms = draw_arms(
        random,
        in_arms * young,
        number=int(random.choice([n for n, _ in kind.numbers], p=[share for _, share in kind.numbers])),
        pitch=kind.pitch,
        sharpness=kind.sharpness,
        start=float(random.uniform(0.3, 0.8)),
        stop=float(random.uniform(2.8, 4.5)),
        meander=float(random.uniform(*kind.meander)),
        lopsidedness=kind.lopsidedness * float(random.random()),
    )
    disc = Disc(
        0,
        0,
        smooth * mean,
        length,
        axis_ratio,
        angle,
        smooth * young,
        truncation=float(random.uniform(3.2, 5.0)),
        lopsidedness=0.5 * kind.lopsidedness * float(random.random()),
        lopsided_angle=sampling.turn(random),
        arms=(arms,),
    )
    # Bulges with more of the light are larger; all of them are rounder than the disc.
    size = length * float(random.uniform(0.2, 0.4)) * math.sqrt(bulge / 0.15 + 0.3)
    n = float(random.uniform(1.0, 2.5))
    bodies: list[Body] = [disc, Spheroid(0, 0, bulge * old, size, n, math.sqrt(axis_ratio), angle)]
    share = float(random.uniform(*kind.knots))
    if share > 0.01:
        magnitude = apparent - 2.5 * math.log10(share)
        bodies.append(knots(random, disc, count=int(random.integers(15, 60)), magnitude=magnitude, arms=arms))
    return bodies
