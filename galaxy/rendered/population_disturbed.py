"""Disturbed galaxies: single irregular or lopsided galaxies, some with tidal tails.

They follow the answers "disturbed", "irregular" and "other" of Galaxy Zoo (Willett et al. 2013; Walmsley et al. 2022).

Published values: asymmetries (Conselice et al. 2000); faint tidal features around one in five to ten galaxies (Atkinson
et al. 2013).

Values adjusted by comparison with the survey's pictures: the proportions of the three kinds, the strength of warps and
tails, magnitudes, sizes and colours.
"""

import math
from dataclasses import replace

import numpy as np

from galaxy.rendered import galaxy_colour, sampling
from galaxy.rendered.disc import Disc
from galaxy.rendered.knots import knots
from galaxy.rendered.photometry import fluxes
from galaxy.rendered.point_sources import tidal_tail
from galaxy.rendered.population_unbarred import LOOSE, unbarred
from galaxy.rendered.scene import Body, Scene
from galaxy.rendered.sersic import Spheroid
from galaxy.rendered.winding import draw_arms

UNSETTLED = replace(LOOSE, lopsidedness=1.0, meander=(0.4, 1.0), scale_length=4.0, axis_ratio=(0.3, 1.0))
"""Distorted spirals."""


def disturbed(random: np.random.Generator) -> Scene:
    """Draw an irregular star-forming galaxy, an older galaxy with tidal tails, or a distorted spiral."""
    apparent = sampling.magnitude(random, mean=16.8, scatter=0.65)
    redshift = sampling.distance_redshift(random, apparent, -20.3, 1.0)
    kind = random.random()
    if kind < 0.45:
        return Scene(_irregular(random, apparent, redshift), redshift)
    if kind < 0.82:
        return Scene(_tidal(random, apparent, redshift), redshift)
    g_r = galaxy_colour.mixed(random, redshift, red=0.35, scatter=0.08)
    tail = _tail(random, apparent, g_r, 4.0, share=(0.01, 0.05))
    return Scene([*unbarred(random, UNSETTLED, apparent, g_r), tail], redshift)


def warp(random: np.random.Generator, strength: float) -> np.ndarray:
    """Draw (3, 4) waves that displace the light of a disc; see `Disc.warp`."""
    return np.stack(
        [
            strength * random.uniform(0.2, 1.0, 3),
            random.uniform(0.6, 2.0, 3),
            random.uniform(0, 2 * math.pi, 3),
            random.uniform(0, 2 * math.pi, 3),
        ],
        axis=1,
    )


def _irregular(random: np.random.Generator, apparent: float, redshift: float) -> list[Body]:
    g_r = galaxy_colour.star_forming(random, redshift) - 0.05
    length = sampling.size(random, apparent, at_16=3.8, slope=0.13, scatter=0.28)
    axis_ratio = sampling.inclined(random, 0.25, 0.95)
    angle = sampling.turn(random)
    mean = galaxy_colour.light(random, apparent, g_r)
    young = galaxy_colour.light(random, apparent, g_r - 0.15)
    share = float(random.uniform(0.15, 0.5))
    arms = draw_arms(
        random,
        share * young,
        number=int(random.integers(1, 3)),
        pitch=(20.0, 60.0),
        start=0.3,
        stop=float(random.uniform(2.0, 4.0)),
        meander=0.8,
        lopsidedness=float(random.uniform(0.5, 1.0)),
    )
    disc = Disc(
        0,
        0,
        (1 - share) * mean,
        length,
        axis_ratio,
        angle,
        (1 - share) * young,
        truncation=float(random.uniform(2.0, 4.0)),
        lopsidedness=float(random.uniform(0.3, 1.0)),
        lopsided_angle=sampling.turn(random),
        warp=warp(random, 0.5),
        arms=(arms,),
    )
    bodies: list[Body] = [disc]
    knot_share = float(random.uniform(0.02, 0.15))
    bodies.append(
        knots(random, disc, count=int(random.integers(8, 40)), magnitude=apparent - 2.5 * math.log10(knot_share))
    )
    if random.random() < 0.6:
        off = 0.4 * length * random.standard_normal(2)
        core = float(random.uniform(0.05, 0.25))
        bodies.append(Spheroid(off[0], off[1], core * mean, 0.35 * length, 1.2, 0.8, angle))
    if random.random() < 0.4:
        bodies.append(_tail(random, apparent, g_r, length, share=(0.01, 0.05)))
    return bodies


def _tidal(random: np.random.Generator, apparent: float, redshift: float) -> list[Body]:
    mix = float(random.uniform(0.2, 1.0))
    g_r = galaxy_colour.mixed(random, redshift, red=mix, scatter=0.03)
    radius = sampling.size(random, apparent, at_16=3.6, slope=0.14, scatter=0.25)
    angle, axis_ratio = sampling.turn(random), float(random.uniform(0.4, 0.9))
    light = galaxy_colour.light(random, apparent, g_r)
    core = float(random.uniform(0.3, 0.6))
    disc = Disc(
        0,
        0,
        (1 - core) * light,
        radius / 1.5,
        axis_ratio,
        angle,
        (1 - core) * light,
        lopsidedness=float(random.uniform(0.2, 0.9)),
        lopsided_angle=sampling.turn(random),
        warp=warp(random, 0.4),
    )
    nudge = 0.15 * radius * random.standard_normal(2)
    bodies: list[Body] = [disc]
    bodies.append(
        Spheroid(nudge[0], nudge[1], core * light, 0.5 * radius, 2.0, float(random.uniform(0.6, 0.95)), angle)
    )
    bodies.extend(_tail(random, apparent, g_r, radius, share=(0.01, 0.06)) for _ in range(int(random.integers(1, 4))))
    return bodies


def _tail(
    random: np.random.Generator, apparent: float, g_r: float, radius: float, *, share: tuple[float, float]
) -> Body:
    direction = sampling.turn(random)
    part = float(random.uniform(*share))
    start = radius * float(random.uniform(0.8, 2.5))
    bend = float(random.choice([-1, 1]))
    return tidal_tail(
        random,
        start=(start * math.cos(direction), start * math.sin(direction)),
        direction=direction + bend * float(random.uniform(0.2, 1.4)),
        length=radius * float(random.uniform(2.0, 6.0)),
        curvature=bend * float(random.uniform(0.3, 2.2)),
        width=radius * float(random.uniform(0.2, 0.6)),
        flux=fluxes(apparent - 2.5 * math.log10(part), g_r - 0.1, galaxy_colour.r_z(g_r - 0.1)),
    )
