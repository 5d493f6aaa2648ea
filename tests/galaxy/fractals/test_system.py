"""Systems are contractive, cover the picture, and depend only on seed and label."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galaxy.fractals.instance import draw_instance
from galaxy.fractals.system import FEWEST, MOST, System, covered_share, sample_system, singular_values


@given(count=st.integers(1, 6), share=st.floats(0.01, 0.99), seed=st.integers(0, 1000))
def test_singular_values_are_ordered_and_sum_to_what_was_asked(count: int, share: float, seed: int) -> None:
    total = 3 * count * share
    values = singular_values(count, total=total, random=np.random.default_rng(seed))
    assert (values[:, 0] >= values[:, 1] - 1e-12).all()
    assert values.min() >= -1e-12
    assert values.max() <= 1 + 1e-12
    assert (values @ [1, 2]).sum() == pytest.approx(total)


@pytest.mark.parametrize("total", [0.0, 6.0])
def test_impossible_sums_are_refused(total: float) -> None:
    with pytest.raises(ValueError, match="2 maps"):
        singular_values(2, total=total, random=np.random.default_rng(0))


@settings(max_examples=30, deadline=None)
@given(label=st.integers(0, 10_000))
def test_systems_and_their_instances_contract(label: int) -> None:
    system = sample_system(seed=0, label=label)
    assert FEWEST <= len(system.turn) <= MOST
    instance = draw_instance(system, seed=0, label=label, index=3)
    for each in (system, instance.system):
        largest = np.linalg.svd(each.matrices()[:, :, :2], compute_uv=False)
        assert largest.max() <= 1
        np.testing.assert_allclose(np.sort(largest, axis=1), np.sort(each.values, axis=1), atol=1e-12)
        assert each.probabilities().sum() == pytest.approx(1)


def test_points_spread_over_the_picture() -> None:
    shares = [covered_share(sample_system(seed=2, label=k), np.random.default_rng(k)) for k in range(30)]
    assert min(shares) > 0.06  # other points than those by which the system was accepted
    assert np.mean(shares) > 0.15


def test_a_system_that_shrinks_to_a_point_covers_nothing() -> None:
    one = np.ones((2, 2))
    still = System(turn=np.zeros(2), spin=np.zeros(2), values=0.5 * one, sign=one, shift=0 * one)
    assert covered_share(still, np.random.default_rng(0)) == 0


def test_a_system_depends_on_seed_and_label_alone() -> None:
    first, again, other = (sample_system(seed=s, label=4).matrices() for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or not np.allclose(first, other)
