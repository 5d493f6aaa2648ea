"""Round, in-between and cigar-shaped smooth galaxies.

Published values: Sersic indices of 2 to 5 for early types and about 1 for smooth discs (Simard et al. 2011; Kelvin et
al. 2012); axis ratios by the definition of the classes (Willett et al. 2013); sizes from Shen et al. 2003 at the
distances of the sample; z0 of 0.36 scale lengths for edge-on lenticulars (0.4 in de Grijs 1998); fainter neighbours of
early types (Dressler 1980).

Values adjusted by comparison with the survey's pictures: the shares of passive galaxies, of lenticulars, of galaxies
with neighbours, and of discs among cigar-shaped galaxies; mean and scatter of magnitudes and sizes; the indices of
smooth discs, 1.1 on average, and the bulges of cigar-shaped galaxies, which hardly show.

In-between galaxies are smaller, fainter and bluer than round ones: most of them are discs, and most round galaxies are
early types.
"""

import math
from dataclasses import dataclass

import numpy as np

from galaxy.rendered import galaxy_colour, sampling
from galaxy.rendered.bar import Ring
from galaxy.rendered.disc import Disc
from galaxy.rendered.edge_on import EdgeOnDisc
from galaxy.rendered.scene import Body, Scene
from galaxy.rendered.sersic import Spheroid


@dataclass(frozen=True)
class SmoothKind:
    """Parameters of round or of in-between galaxies.

    Attributes:
        passive: Share of passive galaxies, 0 to 1.
        lenticular: Share of lenticular galaxies, 0 to 1.
        magnitude: Mean and standard deviation of the apparent r magnitude.
        radius: Median half-light radii of passive and of other galaxies in arcsec at r = 16.
        scatter: Standard deviation of the natural logarithm of the radius.
    """

    passive: float
    lenticular: float
    magnitude: tuple[float, float]
    radius: tuple[float, float]
    scatter: float


ROUND = SmoothKind(passive=0.68, lenticular=0.45, magnitude=(17.15, 0.6), radius=(3.2, 2.8), scatter=0.38)
IN_BETWEEN = SmoothKind(passive=0.22, lenticular=0.15, magnitude=(17.8, 0.75), radius=(3.6, 3.2), scatter=0.28)


def round_smooth(random: np.random.Generator) -> Scene:
    """Draw a galaxy with an axis ratio of at least 0.78: an elliptical, or a face-on lenticular or featureless disc."""
    axis_ratio = float(1 - 0.22 * random.beta(1.3, 1.6))
    return _smooth(random, ROUND, axis_ratio)


def in_between_smooth(random: np.random.Generator) -> Scene:
    """Draw a galaxy with an axis ratio of 0.5 to 0.76."""
    return _smooth(random, IN_BETWEEN, float(random.uniform(0.5, 0.76)))


def cigar_smooth(random: np.random.Generator) -> Scene:
    """Draw a galaxy with an axis ratio below 0.5: an inclined lenticular or featureless disc, or a flat elliptical."""
    apparent = sampling.magnitude(random, mean=17.4, scatter=0.9)
    redshift = sampling.distance_redshift(random, apparent, -20.7)
    passive = random.random() < 0.4
    g_r = galaxy_colour.passive(random, redshift) if passive else galaxy_colour.star_forming(random, redshift) + 0.1
    light = galaxy_colour.light(random, apparent, g_r)
    angle = sampling.turn(random)
    radius = sampling.size(random, apparent, at_16=5.4, slope=0.14, scatter=0.25)
    bulge = float(random.uniform(0.0, 0.16))
    core = Spheroid(
        0,
        0,
        bulge * galaxy_colour.light(random, apparent, g_r + 0.04),
        radius * float(random.uniform(0.2, 0.45)),
        float(random.uniform(1.0, 2.5)),
        float(random.uniform(0.4, 0.7)),
        angle,
    )
    smooth = (1 - bulge) * light
    # The outer parts are bluer by up to 0.3 mag in g-r.
    outer = 10 ** (0.4 * float(random.uniform(0.0, 0.3)) * np.array([1.0, 0.0, -0.5]))
    kind = random.random()
    if kind < 0.45:
        thickness = float(np.clip(random.normal(0.36, 0.08), 0.2, 0.55))
        length = radius / 1.7
        disc: Body = EdgeOnDisc(
            0,
            0,
            smooth,
            smooth * outer,
            scale_length=length,
            scale_height=thickness * length,
            angle=angle,
            truncation=float(random.uniform(2.5, 4.5)),
            warp=float(random.normal(0, 0.3)),
            bend=float(random.normal(0, 0.2)),
            dust=0.0,
            dust_offset=0.0,
            lopsidedness=float(np.clip(random.normal(0, 0.12), -0.3, 0.3)),
        )
    elif kind < 0.75:
        ratio = sampling.inclined(random, 0.27, 0.47, thickness=0.25)
        disc = Disc(
            0, 0, smooth, radius / 1.7, ratio, angle, smooth * outer, truncation=float(random.uniform(2.5, 4.5))
        )
    else:
        n = float(np.clip(random.normal(1.1, 0.35), 0.6, 2.5))
        disc = Spheroid(0, 0, smooth, radius, n, float(random.uniform(0.28, 0.48)), angle, random.uniform(1.8, 2.2))
    return Scene([disc, core, *_group(random, apparent, g_r)], redshift)


def _smooth(random: np.random.Generator, kind: SmoothKind, axis_ratio: float) -> Scene:
    mean, scatter = kind.magnitude
    apparent = sampling.magnitude(random, mean=mean, scatter=scatter)
    redshift = sampling.distance_redshift(random, apparent, -21.7)
    passive = random.random() < kind.passive
    g_r = galaxy_colour.passive(random, redshift) if passive else galaxy_colour.star_forming(random, redshift) + 0.12
    light = galaxy_colour.light(random, apparent, g_r)
    angle = sampling.turn(random)
    radius = sampling.size(random, apparent, at_16=kind.radius[not passive], slope=0.15, scatter=kind.scatter)
    if random.random() < kind.lenticular:
        bodies = _lenticular(random, light, radius, axis_ratio, angle)
        return Scene([*bodies, *_group(random, apparent, g_r)], redshift)
    n = float(np.clip(random.normal(3.6, 1.1) if passive else random.normal(1.1, 0.35), 0.7, 6.0))
    main = Spheroid(0, 0, light, radius, n, axis_ratio, angle)
    return Scene([main, *_group(random, apparent, g_r)], redshift)


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


def _group(random: np.random.Generator, apparent: float, g_r: float) -> list[Body]:
    """Draw fainter neighbours at the same redshift, which a quarter of the galaxies have; none touches the galaxy."""
    members: list[Body] = []
    if random.random() > 0.25:
        return members
    for _ in range(int(random.integers(1, 4))):
        fainter = float(random.uniform(0.8, 4.0))
        direction, distance = sampling.turn(random), math.sqrt(random.uniform(8.0**2, 34.0**2))
        members.append(
            Spheroid(
                distance * math.cos(direction),
                distance * math.sin(direction),
                galaxy_colour.light(random, apparent + fainter, g_r - 0.03 * fainter),
                sampling.size(random, apparent + fainter, at_16=3.2, slope=0.15, scatter=0.3),
                float(random.uniform(1.0, 4.0)),
                float(random.uniform(0.3, 1.0)),
                sampling.turn(random),
            )
        )
    return members
