"""Positions of rendered galaxies on the sky, in the survey's footprint and never close to each other."""

import numpy as np

RA_RANGES = ((0.0, 60.0), (115.0, 260.0), (320.0, 360.0))
"""Ranges of right ascension in degrees that avoid the Milky Way, approximately those of DECaLS."""

DEC_RANGE = (-15.0, 32.0)
"""Range of declination in degrees; DECaLS covers about -18 to +34."""

_PLASTIC = 1.324717957244746
"""Real root of x^3 = x + 1, whose powers give a two-dimensional additive sequence with large distances."""


def sky_positions(count: int, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (count,) right ascensions and declinations in degrees.

    They are an additive (Kronecker) sequence in right ascension and the sine of declination, with an offset that
    depends on the seed. Points are distributed evenly by area, and any two of the first 20,000 are much farther apart
    than a field of view (67 arcsec), so that no pair is taken for a duplicate.

    Args:
        count: Number of galaxies.
        seed: Seed of the set.
    """
    shift = np.random.default_rng([seed, 0x5EED]).random(2)
    steps = np.arange(1, count + 1)
    u = (shift[0] + steps / _PLASTIC) % 1.0
    v = (shift[1] + steps / _PLASTIC**2) % 1.0
    starts, stops = np.array(RA_RANGES).T
    ends = np.cumsum(stops - starts)
    along = u * ends[-1]
    which = np.searchsorted(ends, along, side="right")
    low, high = np.sin(np.deg2rad(DEC_RANGE))
    return stops[which] - (ends[which] - along), np.rad2deg(np.arcsin(low + v * (high - low)))
