import numpy as np
import pytest
from sklearn import metrics

from galaxy.evaluation.proper_scores import brier_score, log_loss


def test_by_hand() -> None:
    probability = np.array([[0.5, 0.5], [0.25, 0.75]])
    label = np.array([0, 1])
    assert log_loss(probability, label) == pytest.approx((np.log(2) + np.log(4 / 3)) / 2)
    assert brier_score(probability, label) == pytest.approx((0.5 + 0.125) / 2)


def test_against_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    probability = rng.dirichlet(np.ones(5), 100)
    label = rng.integers(0, 5, 100)
    assert log_loss(probability, label) == pytest.approx(metrics.log_loss(label, probability))
    expected = metrics.brier_score_loss(label, probability, scale_by_half=False)
    assert brier_score(probability, label) == pytest.approx(expected)


def test_one_certain_mistake_is_not_infinite() -> None:
    assert log_loss(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(15.94, abs=0.01)
    assert brier_score(np.array([[1.0, 0.0]]), np.array([1])) == 2
