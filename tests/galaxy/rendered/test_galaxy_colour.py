import numpy as np
import pytest

from galaxy.rendered.galaxy_colour import light, mixed, passive, r_z, star_forming

COUNT = 4000


def mean(draw: object, **options: float) -> float:
    random = np.random.default_rng(0)
    return float(np.mean([draw(random, 0.05, **options) for _ in range(COUNT)]))  # type: ignore[operator]


def test_passive_galaxies_are_redder_and_mixtures_lie_between() -> None:
    blue, red = mean(star_forming), mean(passive)
    assert blue == pytest.approx(0.45 + 0.8 * 0.05, abs=0.01)
    assert red == pytest.approx(0.70 + 1.9 * 0.05, abs=0.01)
    assert mean(mixed, red=0.0, scatter=0.0) == pytest.approx(blue, abs=0.01)
    assert mean(mixed, red=1.0, scatter=0.0) == pytest.approx(red, abs=0.01)
    assert mean(mixed, red=0.5, scatter=0.1) == pytest.approx((blue + red) / 2, abs=0.01)


def test_light_has_the_magnitude_and_the_colour_asked_for() -> None:
    random = np.random.default_rng(0)
    drawn = np.array([light(random, 17.0, 0.6) for _ in range(COUNT)])
    g, r, z = (22.5 - 2.5 * np.log10(drawn)).T
    np.testing.assert_allclose(r, 17.0)
    np.testing.assert_allclose(g - r, 0.6)
    assert np.mean(r - z) == pytest.approx(r_z(0.6), abs=0.003)
    assert np.std(r - z) == pytest.approx(0.04, abs=0.003)
