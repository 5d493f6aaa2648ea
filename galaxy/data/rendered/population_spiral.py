"""Barred, tightly wound and loosely wound spirals.

Pitch angles of 8 to 40 deg (Davis et al. 2012; Yu & Ho 2020, mean near 20, tighter with larger bulges); bars of 0.3 to
0.6 of the disc's radius, axis ratio 0.2 to 0.5 (Erwin 2005; Gadotti 2011); bulge shares falling from 0.3 to below 0.1
along Hubble's sequence with Sersic indices of 1 to 3 (Graham & Worley 2008; Gao et al. 2019); half of the spirals with
two arms, the others with three, four or broken ones (Willett et al. 2013; Hart et al. 2016).
"""

import math

import numpy as np

from galaxy.data.rendered import colours, sampling
from galaxy.data.rendered.bar import Bar, Ring
from galaxy.data.rendered.disc import Disc
from galaxy.data.rendered.knots import knots
from galaxy.data.rendered.scene import Body, Scene
from galaxy.data.rendered.sersic import Spheroid
from galaxy.data.rendered.spiral_arms import SpiralArms


def spiral_arms(
    random: np.random.Generator,
    flux: np.ndarray,
    *,
    number: int,
    pitch: tuple[float, float],
    start: float,
    stop: float,
    meander: float,
    phase: float | None = None,
    lopsidedness: float = 0.0,
) -> SpiralArms:
    """Arms that wind either way; `pitch` in degrees, a range."""
    waves = np.stack([random.integers(1, 5, 3), random.uniform(-5, 5, 3), random.uniform(0, 2 * math.pi, 3)], axis=1)
    return SpiralArms(
        flux=flux,
        number=number,
        pitch=math.radians(random.uniform(*pitch)) * (1 if random.random() < 0.5 else -1),
        sharpness=float(random.uniform(1.2, 4.0)),
        phase=sampling.turn(random) if phase is None else phase,
        start=start,
        stop=stop,
        lopsidedness=lopsidedness,
        meander=meander,
        waves=waves,
    )


def barred_spiral(random: np.random.Generator) -> Scene:
    """A bar, from strong to weak, often with a ring; two arms leave its ends."""
    apparent = sampling.magnitude(random, mean=16.0, scatter=0.75)
    redshift = sampling.distance_redshift(random, apparent, -21.5)
    g_r = 0.65 * colours.red(random, redshift) + 0.35 * colours.blue(random, redshift) + float(random.normal(0, 0.06))
    length = sampling.size(random, apparent, at_16=3.9, slope=0.13, scatter=0.22)
    axis_ratio = sampling.inclined(random, 0.42, 1.0)
    angle = sampling.turn(random)
    bulge, bar = float(random.uniform(0.05, 0.22)), float(random.uniform(0.08, 0.25))
    arms_share = float(random.uniform(0.15, 0.4))
    disc_share = 1 - bulge - bar - arms_share
    bar_length, bar_angle = float(random.uniform(0.9, 2.0)), sampling.turn(random)
    old = colours.light(random, apparent, g_r + 0.12)
    mean = colours.light(random, apparent, g_r)
    young = colours.light(random, apparent, g_r - float(random.uniform(0.1, 0.3)))
    pitch = (10.0, 32.0)
    arms = spiral_arms(
        random,
        arms_share * young,
        number=2,
        pitch=pitch,
        start=0.85 * bar_length,
        stop=float(random.uniform(2.8, 4.5)),
        meander=float(random.uniform(0, 0.5)),
        phase=0.0,
    )
    # Turn the arms so that they leave the ends of the bar.
    arms = SpiralArms(**{**arms.__dict__, "phase": 2 * (bar_angle - math.log(bar_length) / math.tan(arms.pitch))})
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
        bar=Bar(bar * old, bar_length, float(random.uniform(0.2, 0.45)), bar_angle, float(random.uniform(2.0, 3.2))),
        ring=ring,
    )
    round_off = math.sqrt(axis_ratio)
    bodies: list[Body] = [disc, Spheroid(0, 0, bulge * old, length * random.uniform(0.2, 0.4), 1.4, round_off, angle)]
    return Scene(bodies, redshift)


def tight_spiral(random: np.random.Generator) -> Scene:
    """Arms that wind tightly around a marked bulge, often many and faint."""
    apparent = sampling.magnitude(random, mean=16.1, scatter=0.75)
    redshift = sampling.distance_redshift(random, apparent, -21.6)
    g_r = 0.55 * colours.red(random, redshift) + 0.45 * colours.blue(random, redshift) + float(random.normal(0, 0.05))
    return _unbarred(
        random,
        apparent,
        redshift,
        g_r,
        bulge=(0.08, 0.4),
        pitch=(7.0, 19.0),
        arms=(0.15, 0.45),
        numbers=((2, 0.45), (3, 0.25), (4, 0.2), (5, 0.1)),
        at_16=4.1,
        knot_share=(0.0, 0.06),
        meander=(0.2, 1.2),
        least_ratio=0.45,
        lopsided=0.25,
    )


def loose_spiral(random: np.random.Generator) -> Scene:
    """Open arms, small bulges; often blue, faint and uneven."""
    apparent = sampling.magnitude(random, mean=16.4, scatter=0.7)
    redshift = sampling.distance_redshift(random, apparent, -20.9)
    g_r = 0.35 * colours.red(random, redshift) + 0.65 * colours.blue(random, redshift) + float(random.normal(0, 0.06))
    return _unbarred(
        random,
        apparent,
        redshift,
        g_r,
        bulge=(0.02, 0.18),
        pitch=(18.0, 40.0),
        arms=(0.25, 0.65),
        numbers=((1, 0.1), (2, 0.65), (3, 0.2), (4, 0.05)),
        at_16=4.5,
        knot_share=(0.0, 0.12),
        meander=(0.1, 0.9),
        least_ratio=0.35,
        lopsided=0.6,
    )


def _unbarred(
    random: np.random.Generator,
    apparent: float,
    redshift: float,
    g_r: float,
    *,
    bulge: tuple[float, float],
    pitch: tuple[float, float],
    arms: tuple[float, float],
    numbers: tuple[tuple[int, float], ...],
    at_16: float,
    knot_share: tuple[float, float],
    meander: tuple[float, float],
    least_ratio: float,
    lopsided: float,
) -> Scene:
    length = sampling.size(random, apparent, at_16=at_16, slope=0.13, scatter=0.22)
    axis_ratio = sampling.inclined(random, least_ratio, 1.0)
    angle = sampling.turn(random)
    bulge_share, arms_share = float(random.uniform(*bulge)), float(random.uniform(*arms))
    smooth = max(1 - bulge_share - arms_share, 0.1)
    old = colours.light(random, apparent, g_r + 0.15)
    mean = colours.light(random, apparent, g_r)
    young = colours.light(random, apparent, g_r - float(random.uniform(0.08, 0.3)))
    number = int(random.choice([n for n, _ in numbers], p=[share for _, share in numbers]))
    winding = spiral_arms(
        random,
        arms_share * young,
        number=number,
        pitch=pitch,
        start=float(random.uniform(0.3, 0.8)),
        stop=float(random.uniform(2.8, 4.5)),
        meander=float(random.uniform(*meander)),
        lopsidedness=lopsided * float(random.random()),
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
        lopsidedness=0.5 * lopsided * float(random.random()),
        lopsided_angle=sampling.turn(random),
        arms=(winding,),
    )
    bodies: list[Body] = [disc]
    n = float(random.uniform(1.0, 2.5))
    size = length * float(random.uniform(0.2, 0.4)) * math.sqrt(bulge_share / 0.15 + 0.3)
    bodies.append(Spheroid(0, 0, bulge_share * old, size, n, math.sqrt(axis_ratio), angle))
    share = float(random.uniform(*knot_share))
    if share > 0.01:
        bodies.append(
            knots(
                random,
                disc,
                count=int(random.integers(8, 40)),
                magnitude=apparent - 2.5 * math.log10(share),
                arms=winding,
                spread=0.25,
            )
        )
    return Scene(bodies, redshift)
