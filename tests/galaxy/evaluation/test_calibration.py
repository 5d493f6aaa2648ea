import numpy as np
import pytest

from galaxy.evaluation.calibration import reliability


def test_by_hand() -> None:
    probability = np.array([[0.9, 0.1], [0.7, 0.3], [0.45, 0.55], [0.5, 0.5]])
    label = np.array([0, 1, 1, 0])
    curve = reliability(probability, label, bins=4)
    assert curve.count.tolist() == [0, 1, 2, 1]  # 0.5 belongs to (0.25, 0.5]
    np.testing.assert_allclose(curve.confidence, [np.nan, 0.5, 0.625, 0.9])
    np.testing.assert_allclose(curve.accuracy, [np.nan, 1, 0.5, 1])
    assert curve.expected_error == pytest.approx((0.5 + 2 * 0.125 + 0.1) / 4)


def test_certain_and_right_has_no_error() -> None:
    curve = reliability(np.eye(3), np.arange(3))
    assert curve.expected_error == 0
    assert curve.count[-1] == 3


def test_honest_probabilities_have_little_error() -> None:
    rng = np.random.default_rng(0)
    probability = rng.dirichlet(np.ones(3), 20000)
    label = (rng.random((20000, 1)) > probability.cumsum(axis=1)).sum(axis=1)
    assert reliability(probability, label).expected_error < 0.01
    wrong = reliability(probability[:, [1, 2, 0]], label).expected_error
    assert wrong > 0.2


def test_nothing_to_bin() -> None:
    assert np.isnan(reliability(np.zeros((0, 3)), np.zeros(0, int)).expected_error)
