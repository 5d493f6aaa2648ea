import numpy as np
import pytest

from galaxy.clustering.probability import class_distances, distance_probability, fit_scale, hard_probability
from galaxy.errors import InputError


def test_the_most_probable_class_is_that_of_the_nearest_cluster_also_with_surplus_ones() -> None:
    rng = np.random.default_rng(0)
    distance = rng.uniform(0.1, 3, (200, 6)).astype(np.float32)
    assigned = np.array([0, 1, 2, 1, 1, 0])
    nearest = class_distances(distance, assigned, classes=4)
    soft, hard = distance_probability(nearest, scale=0.7), hard_probability(nearest)
    expected = assigned[distance.argmin(axis=1)]
    np.testing.assert_array_equal(soft.argmax(axis=1), expected)
    np.testing.assert_array_equal(hard.argmax(axis=1), expected)
    np.testing.assert_allclose(soft.sum(axis=1), 1, atol=1e-6)
    assert (soft[:, 3] == 0).all()


def test_probabilities_are_those_of_equal_round_gaussians() -> None:
    nearest = np.array([[1.0, 2.0]])
    got = distance_probability(nearest, scale=1.5)
    density = np.exp(-(nearest**2) / (2 * 1.5**2))
    np.testing.assert_allclose(got, density / density.sum(), rtol=1e-6)


def test_the_scale_that_made_the_data_is_found() -> None:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 2, 20_000)
    x = np.array([-1.0, 1.0])[label] + rng.normal(scale=1.3, size=20_000)
    nearest = np.abs(x[:, None] - np.array([-1.0, 1.0]))
    assert fit_scale(nearest, label) == pytest.approx(1.3, rel=0.03)


def test_a_class_without_cluster_does_not_decide_the_scale() -> None:
    nearest = np.array([[1.0, 2.0, np.inf], [2.0, 1.0, np.inf], [1.0, 1.5, np.inf]])
    assert np.isfinite(fit_scale(nearest, np.array([0, 1, 2])))
    with pytest.raises(InputError, match="no galaxy"):
        fit_scale(nearest, np.array([2, 2, 2]))
