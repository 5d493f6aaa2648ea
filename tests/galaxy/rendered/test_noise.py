import numpy as np

from galaxy.rendered.noise import RESIDUAL, median_noise, sky_noise
from galaxy.rendered.survey import PIXEL_SCALE


def test_noise_has_mean_zero_the_expected_deviation_and_correlated_neighbours() -> None:
    random = np.random.default_rng(0)
    fields = np.stack([sky_noise(random, (3, 64, 64), PIXEL_SCALE) for _ in range(60)])
    deviation = fields.std((2, 3))
    np.testing.assert_allclose(np.median(deviation, axis=0), median_noise() * RESIDUAL, rtol=0.15)
    assert np.abs(fields.mean((2, 3)) / deviation).max() < 0.1
    neighbours = (fields[..., 1:] * fields[..., :-1]).mean((2, 3)) / deviation**2
    assert 0.15 < neighbours.mean() < 0.35


def test_larger_pixels_are_quieter() -> None:
    fine = sky_noise(np.random.default_rng(1), (3, 64, 64), PIXEL_SCALE)
    coarse = sky_noise(np.random.default_rng(1), (3, 64, 64), 2 * PIXEL_SCALE)
    np.testing.assert_allclose(coarse, fine / 2, rtol=1e-5)
