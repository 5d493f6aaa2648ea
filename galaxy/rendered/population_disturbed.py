"""Disturbed galaxies: compact galaxies with tidal tails or loops, distorted one-armed spirals and irregular galaxies.

They follow the answers "disturbed", "irregular" and "other" of Galaxy Zoo (Willett et al. 2013; Walmsley et al. 2022).

Published values: asymmetries (Conselice et al. 2000); tails that leave at the ends of the disc (Toomre & Toomre 1972);
shells and streams around the galaxy (Atkinson et al. 2013).

Values adjusted by comparison with the survey's pictures: the proportions of the three kinds (most pictures of this
class show a concentrated galaxy with a broad tail), the strength of warps, the shares of light in cores, tails and
knots, magnitudes, sizes and colours.
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

UNSETTLED = replace(
    LOOSE,
    arms=(0.2, 0.5),
    knots=(0.0, 0.04),
    lopsidedness=1.0,
    meander=(0.3, 1.0),
    numbers=((1, 0.5), (2, 0.5)),
    scale_length=3.8,
    axis_ratio=(0.3, 1.0),
)
"""Distorted spirals with one or two arms on one side of the disc."""


def disturbed(random: np.random.Generator) -> Scene:
    """Draw a compact galaxy with tidal tails, a distorted spiral or an irregular star-forming galaxy."""
    apparent = sampling.magnitude(random, mean=17.35, scatter=0.55)
    redshift = sampling.distance_redshift(random, apparent, -20.3, 1.0)
    kind = random.random()
    if kind < 0.13:
        return Scene(_irregular(random, apparent, redshift), redshift)
    if kind < 0.82:
        return Scene(_tidal(random, apparent, redshift), redshift)
    g_r = galaxy_colour.mixed(random, redshift, red=0.45, scatter=0.09) + 0.05
    tail = _tail(random, apparent, g_r, 3.5, sampling.turn(random), share=(0.04, 0.15))
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
    g_r = galaxy_colour.star_forming(random, redshift) + 0.02
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
    knot_share = float(random.uniform(0.01, 0.06))
    bodies.append(
        knots(random, disc, count=int(random.integers(8, 40)), magnitude=apparent - 2.5 * math.log10(knot_share))
    )
    if random.random() < 0.7:
        off = 0.3 * length * random.standard_normal(2)
        core = float(random.uniform(0.1, 0.35))
        bodies.append(Spheroid(off[0], off[1], core * mean, 0.35 * length, 1.2, 0.8, angle))
    if random.random() < 0.4:
        bodies.append(_tail(random, apparent, g_r, length, sampling.turn(random), share=(0.02, 0.08)))
    return bodies


def _tidal(random: np.random.Generator, apparent: float, redshift: float) -> list[Body]:
    mix = float(random.uniform(0.0, 0.9))
    g_r = galaxy_colour.mixed(random, redshift, red=mix, scatter=0.05)
    radius = sampling.size(random, apparent, at_16=4.2, slope=0.14, scatter=0.28)
    angle, axis_ratio = sampling.turn(random), float(random.uniform(0.3, 0.75))
    light = galaxy_colour.light(random, apparent, g_r)
    inner = galaxy_colour.light(random, apparent, g_r + float(random.uniform(0.0, 0.15)))
    core = float(random.uniform(0.3, 0.65))
    disc = Disc(
        0,
        0,
        (1 - core) * light,
        radius / 1.3,
        axis_ratio,
        angle,
        (1 - core) * light,
        lopsidedness=float(random.uniform(0.2, 0.9)),
        lopsided_angle=sampling.turn(random),
        warp=warp(random, 0.4),
    )
    nudge = 0.1 * radius * random.standard_normal(2)
    ratio = float(random.uniform(0.5, 0.95))
    n = float(random.uniform(1.5, 3.5))
    bodies: list[Body] = [disc, Spheroid(nudge[0], nudge[1], core * inner, 0.27 * radius, n, ratio, angle)]
    # In half of the galaxies a tail leaves at both ends of the longer axis.
    ends = (angle, angle + math.pi) if random.random() < 0.5 else (angle,)
    bodies.extend(
        _tail(random, apparent, g_r, radius, end + 0.4 * float(random.standard_normal()), share=(0.05, 0.18))
        for end in ends
    )
    if random.random() < 0.3:
        bodies.append(_loop(random, apparent, g_r, radius))
    return bodies


def _tail(
    random: np.random.Generator,
    apparent: float,
    g_r: float,
    radius: float,
    end: float,
    *,
    share: tuple[float, float],
) -> Body:
    """Draw a tail that leaves the galaxy on its side in direction `end`."""
    part = float(random.uniform(*share))
    start = radius * float(random.uniform(0.4, 1.3))
    bend = float(random.choice([-1, 1]))
    return tidal_tail(
        random,
        start=(start * math.cos(end), start * math.sin(end)),
        direction=end + bend * float(random.uniform(0.0, 1.2)),
        length=radius * float(random.uniform(2.5, 6.0)),
        curvature=bend * float(random.uniform(0.1, 2.2)),
        width=radius * float(random.uniform(0.18, 0.55)),
        flux=fluxes(apparent - 2.5 * math.log10(part), g_r - 0.05, galaxy_colour.r_z(g_r - 0.05)),
    )


def _loop(random: np.random.Generator, apparent: float, g_r: float, radius: float) -> Body:
    """Draw part of a shell or of a stream that winds around the galaxy."""
    distance = radius * float(random.uniform(1.6, 3.0))
    begin, arc = sampling.turn(random), float(random.uniform(1.0, 4.0))
    part = float(random.uniform(0.03, 0.1))
    return tidal_tail(
        random,
        start=(distance * math.cos(begin), distance * math.sin(begin)),
        direction=begin + math.pi / 2,
        length=distance * arc,
        curvature=arc,
        width=distance * float(random.uniform(0.06, 0.15)),
        flux=fluxes(apparent - 2.5 * math.log10(part), g_r, galaxy_colour.r_z(g_r)),
    )
