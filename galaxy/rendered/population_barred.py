"""Barred spirals.

Published values: bars of 0.3 to 0.6 of the disc's radius, axis ratio 0.2 to 0.5 (Erwin 2005; Gadotti 2011), rings
around about half of them (Buta & Combes 1996); small bulges with Sersic indices of 1 to 2 (Gao et al. 2019); arms as in
unbarred spirals.

Values adjusted by comparison with the survey's pictures: mean and scatter of magnitude, size and colour, the shares of
light in bar, ring and arms, and the sharpness of the arms. The scatter of the logarithm of sizes, 0.2, is below the
0.26 to 0.5 of Shen et al. 2003, because bars are recognised in well-resolved galaxies only.
"""

import math

import numpy as np

from galaxy.rendered import galaxy_colour, sampling
from galaxy.rendered.bar import Bar, Ring
from galaxy.rendered.disc import Disc
from galaxy.rendered.scene import Body, Scene
from galaxy.rendered.sersic import Spheroid
from galaxy.rendered.winding import draw_arms


def barred_spiral(random: np.random.Generator) -> Scene:
    """Draw a spiral with a strong to weak bar, two arms that start at its ends, and in many cases a ring."""
    apparent = sampling.magnitude(random, mean=16.1, scatter=0.65)
    redshift = sampling.distance_redshift(random, apparent, -21.5)
    g_r = galaxy_colour.mixed(random, redshift, red=0.75, scatter=0.09) + 0.05
    length = sampling.size(random, apparent, at_16=3.9, slope=0.13, scatter=0.2)
    axis_ratio = sampling.inclined(random, 0.42, 1.0)
    angle = sampling.turn(random)
    bulge, bar = float(random.uniform(0.05, 0.22)), float(random.uniform(0.08, 0.26))
    arms_share = float(random.uniform(0.1, 0.35))
    disc_share = 1 - bulge - bar - arms_share
    bar_length, bar_angle = float(random.uniform(0.9, 2.0)), sampling.turn(random)
    old = galaxy_colour.light(random, apparent, g_r + 0.12)
    mean = galaxy_colour.light(random, apparent, g_r)
    young = galaxy_colour.light(random, apparent, g_r - float(random.uniform(0.1, 0.3)))
    # The arms start at the ends of the bar.
    arms = draw_arms(
        random,
        arms_share * young,
        number=2,
        pitch=(10.0, 32.0),
        start=0.85 * bar_length,
        stop=float(random.uniform(2.8, 4.5)),
        meander=float(random.uniform(0, 0.5)),
        sharpness=(0.9, 3.0),
        phase_at_start=bar_angle,
    )
    ring = None
    if random.random() < 0.45:
        share = float(random.uniform(0.04, 0.14))
        ring = Ring(share * young, bar_length * random.uniform(1.0, 1.25), bar_length * random.uniform(0.1, 0.2))
    disc = Disc(
        0,
        0,
        disc_share * mean,
        length,
        axis_ratio,
        angle,
        disc_share * young,
        truncation=float(random.uniform(3.2, 5.0)),
        arms=(arms,),
        bar=Bar(bar * old, bar_length, float(random.uniform(0.25, 0.5)), bar_angle, float(random.uniform(2.0, 3.2))),
        ring=ring,
    )
    round_off = math.sqrt(axis_ratio)
    bodies: list[Body] = [disc, Spheroid(0, 0, bulge * old, length * random.uniform(0.2, 0.4), 1.4, round_off, angle)]
    return Scene(bodies, redshift)
