"""Draws the other objects of the field: stars, faint galaxies and sometimes the halo of a bright star."""

import math

import numpy as np

from galaxy.rendered.canvas import Canvas
from galaxy.rendered.faint_galaxies import HALF_STAMP, FaintGalaxies
from galaxy.rendered.photometry import fluxes
from galaxy.rendered.point_sources import PointSources
from galaxy.rendered.sersic import Spheroid
from galaxy.rendered.survey import FIELD_OF_VIEW, ZERO_POINT

GALAXIES_TO_24 = 17.0
"""Galaxies brighter than r = 24 per square arcmin; log10 slope 0.38 per magnitude (Yasuda et al. 2001; Capak 2007)."""

STARS_TO_24 = 3.0
"""Stars brighter than r = 24 per square arcmin at mid latitudes; slope 0.17 (Bahcall & Soneira 1980)."""

FAINTEST = 24.6
"""r magnitude of the faintest objects that are drawn; fainter ones are below the noise."""

HALO_SHARE = 0.06
"""Share of the pictures with the halo of a bright star outside the field."""


RESOLVED = 20.5
"""Galaxies of the field brighter than this r magnitude are drawn individually."""


def paint_field(random: np.random.Generator, canvas: Canvas) -> None:
    """Add stars and galaxies at random positions on the whole canvas."""
    half = FIELD_OF_VIEW / 2 + 2.0
    area = (2 * half / 60) ** 2
    _galaxies(random, canvas, half, area)
    _stars(random, half, area).paint(canvas)
    if random.random() < HALO_SHARE:
        _halo(random, half).paint(canvas)


def _galaxies(random: np.random.Generator, canvas: Canvas, half: float, area: float) -> None:
    crowding = math.exp(0.35 * random.standard_normal())
    count = int(random.poisson(crowding * GALAXIES_TO_24 * area * 10 ** (0.38 * (FAINTEST - 24))))
    x, y = random.uniform(-half, half, (2, count))
    magnitude = np.maximum(FAINTEST + np.log10(random.random(count)) / 0.38, 18.5)
    # Half-light radii decrease with magnitude, with a scatter of 0.3 in ln (Shen et al. 2003; Griffith et al. 2012).
    radius = 0.55 * 10 ** (-0.11 * (magnitude - 23)) * np.exp(0.3 * random.standard_normal(count))
    # Passive galaxies at redshift 0.2 to 0.7 are red, the others blue with a wide scatter.
    passive = random.random(count) < 0.4
    g_r = np.where(passive, random.uniform(1.0, 1.8, count), random.normal(0.6, 0.25, count))
    r_z = 0.55 * g_r + np.where(passive, 0.0, 0.15) + 0.16 * random.standard_normal(count)
    axis_ratio = np.clip(random.beta(3, 1.8, count), 0.2, 1.0)
    angle = random.uniform(0, math.pi, count)
    light = 10 ** (-0.4 * (np.stack([magnitude + g_r, magnitude, magnitude - r_z], axis=1) - ZERO_POINT))
    for i in np.flatnonzero(magnitude < RESOLVED):
        n = 3.0 if passive[i] else 1.0
        Spheroid(x[i], y[i], light[i], radius[i], n, axis_ratio[i], angle[i]).paint(canvas)
    small = magnitude >= RESOLVED
    size = np.minimum(radius[small], HALF_STAMP / 3)
    FaintGalaxies(x[small], y[small], light[small], size, axis_ratio[small], angle[small]).paint(canvas)


def _stars(random: np.random.Generator, half: float, area: float) -> PointSources:
    density = STARS_TO_24 * area * math.exp(0.5 * random.standard_normal())
    count = int(random.poisson(density))
    x, y = random.uniform(-half, half, (2, count))
    magnitude = np.maximum(24 + np.log10(random.random(count)) / 0.17, 15.0)
    # Stellar locus (Covey et al. 2007): for M dwarfs g-r stays near 1.5 while r-z increases.
    cool = random.beta(1.3, 1.0 + 0.5 * np.maximum(19 - magnitude, 0), count)
    g_r = np.minimum(0.2 + 1.9 * cool, 1.45) + 0.06 * random.standard_normal(count)
    r_z = 0.62 * g_r - 0.07 + 3.0 * np.maximum(cool - 0.62, 0) + 0.06 * random.standard_normal(count)
    colours = np.stack([magnitude + g_r, magnitude, magnitude - r_z], axis=1)
    light = 10 ** (-0.4 * (colours - ZERO_POINT))
    # Saturated cores are masked in each visit separately, which changes the colours of bright stars.
    light *= np.exp(0.15 * random.standard_normal((count, 3)) * (magnitude < 17.5)[:, None])
    return PointSources(x, y, light)


def _halo(random: np.random.Generator, half: float) -> Spheroid:
    angle = random.uniform(0, 2 * math.pi)
    distance = half * random.uniform(0.8, 1.6)
    light = fluxes(random.uniform(14.0, 17.0), random.uniform(0.2, 1.2), random.uniform(0.0, 1.0))
    light *= np.exp(0.25 * random.standard_normal(3))
    return Spheroid(distance * math.cos(angle), distance * math.sin(angle), light, 22.0, 1.3, 1.0, 0.0)
