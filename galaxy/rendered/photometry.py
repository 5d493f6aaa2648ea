"""Converts between magnitudes, fluxes and redshifts."""

import numpy as np

from galaxy.rendered.survey import ZERO_POINT

HUBBLE_DISTANCE = 299792.458 / 70
"""Speed of light divided by a Hubble constant of 70 km/s/Mpc, in Mpc."""


def fluxes(magnitude: float, g_r: float, r_z: float) -> np.ndarray:
    """Return (3,) nanomaggies in g, r, z of an object with r magnitude `magnitude` and colours g-r and r-z (AB)."""
    return np.asarray(10 ** (-0.4 * (np.array([magnitude + g_r, magnitude, magnitude - r_z]) - ZERO_POINT)))


def redshift(magnitude: float, absolute_magnitude: float) -> float:
    """Return the redshift at which an object of `absolute_magnitude` has the apparent `magnitude`.

    The luminosity distance is d = D z (1 + 0.775 z), to second order with a deceleration parameter of -0.55; the error
    is below 1 % for redshifts below 0.3.
    """
    distance = 10 ** (0.2 * (magnitude - absolute_magnitude - 25))
    return float((np.sqrt(1 + 4 * 0.775 * distance / HUBBLE_DISTANCE) - 1) / (2 * 0.775))
