"""Merging galaxies: two or three galaxies that touch, with or without tails.

Published values: flux ratios from 1:1 to 1:6 and separations of one to a few radii, as in Galaxy Zoo's merger catalogue
(Darg et al. 2010).

Values adjusted by comparison with the survey's pictures: the share with tails and a common halo, magnitudes (of the
main galaxy alone), sizes, and colours, which are distributed uniformly from the blue cloud to the red sequence.
"""

import math

import numpy as np

from galaxy.rendered import galaxy_colour, sampling
from galaxy.rendered.disc import Disc
from galaxy.rendered.photometry import fluxes
from galaxy.rendered.point_sources import tidal_tail
from galaxy.rendered.population_disturbed import warp
from galaxy.rendered.scene import Body, Scene
from galaxy.rendered.sersic import Spheroid
from galaxy.rendered.winding import draw_arms


def merging(random: np.random.Generator) -> Scene:
    """Draw a main galaxy in the centre with one or two companions, in many cases with tails and a common halo."""
    apparent = sampling.magnitude(random, mean=17.5, scatter=0.6)
    redshift = sampling.distance_redshift(random, apparent, -21.5)
    mix = float(random.uniform(0.0, 1.0))
    g_r = galaxy_colour.mixed(random, redshift, red=mix, scatter=0.05) + 0.06
    companions = 1 if random.random() < 0.8 else 2
    radius = sampling.size(random, apparent, at_16=3.0, slope=0.14, scatter=0.3)
    bodies = _member(random, 0.0, 0.0, apparent, g_r, radius)
    interacting = random.random() < 0.65
    for _ in range(companions):
        ratio = float(10 ** -random.uniform(0, 0.75))
        fainter = apparent - 2.5 * math.log10(ratio)
        separation = radius * float(random.uniform(1.0, 3.4)) + 1.3
        direction = sampling.turn(random)
        x, y = separation * math.cos(direction), separation * math.sin(direction)
        small = radius * ratio**0.4 * float(random.uniform(0.6, 1.1))
        bodies += _member(random, x, y, fainter, g_r + float(random.normal(0, 0.08)), small)
        if interacting:
            bodies.append(_tail(random, (x, y), direction, fainter, g_r, radius))
    if interacting:
        direction = sampling.turn(random)
        bodies.append(_tail(random, (0.0, 0.0), direction, apparent, g_r, radius))
        halo = fluxes(apparent + float(random.uniform(1.2, 2.5)), g_r, galaxy_colour.r_z(g_r))
        shift = 0.5 * radius * random.standard_normal(2)
        angle = sampling.turn(random)
        bodies.append(Disc(shift[0], shift[1], halo, 1.3 * radius, 0.75, angle, halo, warp=warp(random, 0.6)))
    return Scene(bodies, redshift)


def _member(random: np.random.Generator, x: float, y: float, apparent: float, g_r: float, radius: float) -> list[Body]:
    light = galaxy_colour.light(random, apparent, g_r)
    angle, axis_ratio = sampling.turn(random), float(random.uniform(0.35, 0.95))
    if random.random() < 0.45:
        return [Spheroid(x, y, light, radius, float(random.uniform(1.5, 4.0)), axis_ratio, angle)]
    bulge = float(random.uniform(0.15, 0.5))
    share = float(random.uniform(0.1, 0.4))
    young = galaxy_colour.light(random, apparent, g_r - 0.15)
    arms = draw_arms(
        random,
        share * young,
        number=2,
        pitch=(15.0, 45.0),
        start=0.5,
        stop=3.5,
        meander=0.6,
        lopsidedness=float(random.random()),
    )
    smooth = 1 - bulge - share
    disc = Disc(
        x,
        y,
        smooth * light,
        radius / 1.6,
        axis_ratio,
        angle,
        smooth * young,
        lopsidedness=float(random.uniform(0, 0.7)),
        lopsided_angle=sampling.turn(random),
        warp=warp(random, 0.2),
        arms=(arms,),
    )
    core = Spheroid(x, y, bulge * light, 0.35 * radius, 1.8, math.sqrt(axis_ratio), angle)
    return [disc, core]


def _tail(
    random: np.random.Generator,
    start: tuple[float, float],
    direction: float,
    apparent: float,
    g_r: float,
    radius: float,
) -> Body:
    bend = float(random.choice([-1, 1]))
    part = float(random.uniform(0.02, 0.12))
    return tidal_tail(
        random,
        start=start,
        direction=direction + 0.6 * bend,
        length=radius * float(random.uniform(2.0, 6.0)),
        curvature=bend * float(random.uniform(0.2, 1.8)),
        width=radius * float(random.uniform(0.15, 0.5)),
        flux=fluxes(apparent - 2.5 * math.log10(part), g_r - 0.05, galaxy_colour.r_z(g_r - 0.05)),
    )
