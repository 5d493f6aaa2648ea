"""Edge-on galaxies without and with a bulge.

Published values: z0 of a sech^2(z / z0) disc is twice its exponential scale height, so that z0 / scale length is 0.27
on average (Kregel et al. 2002), 0.2 for the latest types and 0.4 for lenticulars (de Grijs 1998); galaxies without
bulge are late types, thinner and bluer (Kautsch et al. 2006); half have dust lanes (Dalcanton et al. 2004). The means
used here are 0.26 and 0.22.

Values adjusted by comparison with the survey's pictures: these means, the share of discs that are not exactly edge-on,
magnitudes, sizes, bulges, colours and their gradients.
"""

import math
from dataclasses import replace

import numpy as np

from galaxy.rendered import galaxy_colour, sampling
from galaxy.rendered.edge_on import EdgeOnDisc
from galaxy.rendered.population_unbarred import INCLINED, unbarred
from galaxy.rendered.scene import Body, Scene
from galaxy.rendered.sersic import Spheroid


def edge_on_without_bulge(random: np.random.Generator) -> Scene:
    """Draw a long thin disc with at most a small bulge."""
    apparent = sampling.magnitude(random, mean=16.6, scatter=1.1)
    redshift = sampling.distance_redshift(random, apparent, -20.3)
    g_r = galaxy_colour.mixed(random, redshift, red=0.22, scatter=0.09)
    if random.random() < 0.2:
        return Scene(unbarred(random, INCLINED, apparent, g_r), redshift)
    length = sampling.size(random, apparent, at_16=6.9, slope=0.13, scatter=0.35)
    thickness = float(np.clip(random.normal(0.26, 0.06), 0.1, 0.42))
    bulge = float(random.uniform(0.0, 0.06))
    return _edge_on(random, apparent, redshift, g_r, length, thickness, bulge, dusty=0.55, bluer=(0.2, 0.55))


def edge_on_with_bulge(random: np.random.Generator) -> Scene:
    """Draw a disc with a bulge that is clearly thicker."""
    apparent = sampling.magnitude(random, mean=17.1, scatter=0.75)
    redshift = sampling.distance_redshift(random, apparent, -21.3)
    g_r = galaxy_colour.mixed(random, redshift, red=0.9, scatter=0.06)
    if random.random() < 0.08:
        return Scene(unbarred(random, replace(INCLINED, bulge=(0.25, 0.45)), apparent, g_r), redshift)
    length = sampling.size(random, apparent, at_16=4.2, slope=0.13, scatter=0.3)
    thickness = float(np.clip(random.normal(0.22, 0.05), 0.12, 0.36))
    bulge = float(random.uniform(0.22, 0.58))
    return _edge_on(random, apparent, redshift, g_r, length, thickness, bulge, dusty=0.35, bluer=(0.15, 0.45))


def _edge_on(
    random: np.random.Generator,
    apparent: float,
    redshift: float,
    g_r: float,
    length: float,
    thickness: float,
    bulge: float,
    *,
    dusty: float,
    bluer: tuple[float, float],
) -> Scene:
    angle = sampling.turn(random)
    disc_light = (1 - bulge) * galaxy_colour.light(random, apparent, g_r + 0.14)
    outer_light = (1 - bulge) * galaxy_colour.light(random, apparent, g_r + 0.12 - float(random.uniform(*bluer)))
    disc = EdgeOnDisc(
        0,
        0,
        disc_light,
        outer_light,
        scale_length=length,
        scale_height=thickness * length,
        angle=angle,
        truncation=float(random.uniform(2.8, 4.5)),
        warp=float(random.normal(0, 0.6)),
        bend=float(random.normal(0, 0.4)),
        dust=float(random.uniform(0.5, 3.0)) if random.random() < dusty else 0.0,
        dust_offset=float(random.normal(0, 0.35)),
        lopsidedness=float(np.clip(random.normal(0, 0.15), -0.5, 0.5)),
    )
    bodies: list[Body] = []
    if bulge > 0.01:
        boxiness = float(random.uniform(2.0, 3.0)) if random.random() < 0.4 else 2.0
        radius = length * float(random.uniform(0.3, 0.55)) * math.sqrt(bulge / 0.25)
        ratio = float(random.uniform(0.55, 0.9))
        red = galaxy_colour.light(random, apparent, g_r + 0.22)
        bodies.append(Spheroid(0, 0, bulge * red, radius, float(random.uniform(1.5, 3.0)), ratio, angle, boxiness))
    return Scene([disc, *bodies], redshift)
