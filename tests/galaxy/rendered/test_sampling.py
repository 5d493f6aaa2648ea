import math

import numpy as np
import pytest

from galaxy.rendered.sampling import BRIGHT_LIMIT, FAINT_LIMIT, inclined, magnitude, size, turn


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


def test_magnitudes_stay_within_the_sample(random: np.random.Generator) -> None:
    drawn = [magnitude(random, mean=17.0, scatter=3.0) for _ in range(500)]
    assert min(drawn) >= BRIGHT_LIMIT
    assert max(drawn) <= FAINT_LIMIT
    assert np.std(drawn) > 1


def test_the_median_size_decreases_with_magnitude_by_the_slope(random: np.random.Generator) -> None:
    at_16, at_18 = (
        np.median([size(random, r, at_16=5.0, slope=0.15, scatter=0.3) for _ in range(4000)]) for r in (16.0, 18.0)
    )
    assert at_16 == pytest.approx(5, rel=0.03)
    assert at_18 == pytest.approx(5 * 10 ** (-0.3), rel=0.03)


def test_a_thin_disc_seen_from_any_side_has_uniform_axis_ratios(random: np.random.Generator) -> None:
    drawn = np.array([inclined(random, 0.0, 1.0, thickness=0.0) for _ in range(4000)])
    assert np.quantile(drawn, [0.25, 0.5, 0.75]) == pytest.approx([0.25, 0.5, 0.75], abs=0.03)


@pytest.mark.parametrize(("least", "greatest"), [(0.5, 0.8), (0.1, 0.3), (0.9, 1.0)])
def test_axis_ratios_lie_in_their_range_and_are_never_thinner_than_the_disc(
    random: np.random.Generator, least: float, greatest: float
) -> None:
    drawn = [inclined(random, least, greatest) for _ in range(500)]
    assert min(drawn) >= max(least, 0.2) - 1e-12
    assert max(drawn) <= greatest + 1e-12


def test_turns_are_whole_ones(random: np.random.Generator) -> None:
    drawn = [turn(random) for _ in range(2000)]
    assert 0 <= min(drawn) < 0.01
    assert 2 * math.pi - 0.01 < max(drawn) <= 2 * math.pi
