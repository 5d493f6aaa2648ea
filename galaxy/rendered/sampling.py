"""Random quantities that are drawn for several classes of galaxies."""

import math

import numpy as np

from galaxy.rendered.photometry import redshift

FAINT_LIMIT = 19.0
"""r magnitude of the faintest galaxies.

Galaxy Zoo DECaLS takes its galaxies from the NASA-Sloan Atlas, most of them brighter than the limit 17.77 of the SDSS
main sample (Strauss et al. 2002); of 250 Galaxy10 DECaLS images a tenth shows a galaxy between 18 and 19."""

BRIGHT_LIMIT = 13.5
"""r magnitude of the brightest galaxies; brighter ones are larger than the picture."""


def magnitude(random: np.random.Generator, *, mean: float, scatter: float) -> float:
    """Draw an apparent r magnitude from a normal distribution, truncated at 13.5 and at the limit of the sample.

    Counts of all galaxies increase as 10^(0.6 m), but the classes require votes on features that only large galaxies
    show, so that the means are 1 to 2 magnitudes brighter than the limit, most for spirals and edge-on discs.
    """
    while True:
        drawn = float(random.normal(mean, scatter))
        if BRIGHT_LIMIT <= drawn <= FAINT_LIMIT:
            return drawn


def distance_redshift(random: np.random.Generator, apparent: float, absolute: float, scatter: float = 0.8) -> float:
    """Draw the redshift of a galaxy with `apparent` magnitude, of a class with mean `absolute` r magnitude."""
    return redshift(apparent, float(random.normal(absolute, scatter)))


def size(random: np.random.Generator, apparent: float, *, at_16: float, slope: float, scatter: float) -> float:
    """Draw a radius in arcsec from a log-normal distribution whose median decreases with magnitude.

    Args:
        random: Random generator.
        apparent: Apparent r magnitude.
        at_16: Median radius in arcsec at r = 16.
        slope: Decrease of the logarithm to base 10 of the median per magnitude.
        scatter: Standard deviation of the natural logarithm.
    """
    return at_16 * 10 ** (-slope * (apparent - 16)) * math.exp(scatter * float(random.standard_normal()))


def inclined(random: np.random.Generator, least: float, greatest: float, *, thickness: float = 0.2) -> float:
    """Draw the axis ratio of a randomly inclined disc of intrinsic `thickness` (Padilla & Strauss 2008).

    q^2 = (1 - q0^2) cos^2 i + q0^2 (Hubble 1926) with cos i uniform.
    """
    low, high = (math.sqrt(max(q**2 - thickness**2, 0) / (1 - thickness**2)) for q in (least, greatest))
    cosine = float(random.uniform(low, high))
    return math.sqrt((1 - thickness**2) * cosine**2 + thickness**2)


def turn(random: np.random.Generator) -> float:
    """Draw an angle in radians, uniformly."""
    return float(random.uniform(0, 2 * math.pi))
