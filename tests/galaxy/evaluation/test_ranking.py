import numpy as np
import pytest
from sklearn import metrics

from galaxy.evaluation.ranking import average_precision, one_vs_rest, roc_auc, roc_curve


def test_by_hand() -> None:
    score = np.array([0.9, 0.8, 0.8, 0.1])
    positive = np.array([True, False, True, False])
    # Pairs (positive, negative): 0.9 beats both; 0.8 ties with 0.8 and beats 0.1.
    assert roc_auc(score, positive) == (1 + 1 + 0.5 + 1) / 4
    # Precision 1 at the first positive; the tie of two brings the second at precision 2/3.
    assert average_precision(score, positive) == pytest.approx((1 + 2 / 3) / 2)
    false, true = roc_curve(score, positive)
    assert false.tolist() == [0, 0, 0.5, 1]
    assert true.tolist() == [0, 0.5, 1, 1]


@pytest.mark.parametrize("digits", [1, 6])
def test_against_scikit_learn(digits: int) -> None:
    rng = np.random.default_rng(1)
    probability = rng.dirichlet(np.ones(4), 200).round(digits)  # one digit: many ties
    label = rng.integers(0, 4, 200)
    area, precision = one_vs_rest(probability, label)
    for k in range(4):
        assert area[k] == pytest.approx(metrics.roc_auc_score(label == k, probability[:, k]))
        assert precision[k] == pytest.approx(metrics.average_precision_score(label == k, probability[:, k]))


def test_undefined_is_nan() -> None:
    score = np.array([0.2, 0.7])
    everything, nothing = np.array([True, True]), np.array([False, False])
    assert np.isnan(roc_auc(score, everything))
    assert np.isnan(roc_auc(score, nothing))
    assert average_precision(score, everything) == 1
    assert np.isnan(average_precision(score, nothing))
    assert len(roc_curve(score, nothing)[0]) == 0


def test_order_of_galaxies_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    score, positive = rng.random(50).round(1), rng.random(50) < 0.4
    order = rng.permutation(50)
    assert roc_auc(score[order], positive[order]) == roc_auc(score, positive)
    assert average_precision(score[order], positive[order]) == average_precision(score, positive)
