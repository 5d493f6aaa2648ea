import numpy as np
import pytest

from galaxy.rendered.photometry import fluxes, redshift


def test_one_nanomaggy_is_the_zero_point() -> None:
    np.testing.assert_allclose(fluxes(22.5, 0.0, 0.0), [1, 1, 1])


def test_red_colours_mean_more_light_in_z() -> None:
    np.testing.assert_allclose(fluxes(17.5, 1.0, 0.5), [100 * 10**-0.4, 100, 100 * 10**0.2])


def test_redshift_of_a_distance_modulus() -> None:
    # Luminosity distance 461 Mpc at z = 0.1 for 70 km/s/Mpc and a matter density of 0.3: modulus 38.32.
    assert redshift(17.0, 17.0 - 38.32) == pytest.approx(0.1, rel=0.01)
    assert redshift(17.0, -20.0) < redshift(17.5, -20.0)
