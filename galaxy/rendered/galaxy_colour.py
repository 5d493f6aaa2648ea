"""Observed colours g-r and r-z (AB) of stellar populations."""

import numpy as np

from galaxy.rendered.photometry import fluxes


def r_z(g_r: float) -> float:
    """Return the mean r-z of galaxies with colour `g_r`; both increase from star-forming to passive galaxies.

    Fitted to the median colours of the ten classes in 250 Galaxy10 DECaLS images.
    """
    return 0.135 + 0.53 * g_r


def passive(random: np.random.Generator, redshift: float) -> float:
    """Draw g-r on the red sequence, which increases with redshift (Hogg et al. 2004; Blanton & Moustakas 2009)."""
    return float(random.normal(0.70 + 1.9 * min(redshift, 0.15), 0.06))


def star_forming(random: np.random.Generator, redshift: float) -> float:
    """Draw g-r in the blue cloud (Strateva et al. 2001; Blanton & Moustakas 2009)."""
    return float(random.normal(0.45 + 0.8 * min(redshift, 0.15), 0.10))


def light(random: np.random.Generator, magnitude: float, g_r: float) -> np.ndarray:
    """Return (3,) nanomaggies for an r magnitude and g-r; r-z is the mean of that g-r with a scatter of 0.04."""
    return fluxes(magnitude, g_r, r_z(g_r) + 0.04 * float(random.standard_normal()))


def mixed(random: np.random.Generator, redshift: float, *, red: float, scatter: float) -> float:
    """Draw g-r between the blue cloud (`red` = 0) and the red sequence (`red` = 1), with additional `scatter`."""
    return (
        red * passive(random, redshift) + (1 - red) * star_forming(random, redshift) + float(random.normal(0, scatter))
    )
