import numpy as np
import pytest
from sklearn import metrics

from galaxy.evaluation.confusion import accuracy, class_figures, confusion_matrix, mean_over_present


def test_by_hand() -> None:
    confusion = confusion_matrix(np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 0, 1]), classes=4)
    assert confusion.tolist() == [[2, 1, 0, 0], [1, 1, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    assert accuracy(confusion) == 3 / 6
    figures = class_figures(confusion)
    np.testing.assert_allclose(figures.recall, [2 / 3, 1 / 2, 0, np.nan])
    np.testing.assert_allclose(figures.precision, [2 / 3, 1 / 3, 0, np.nan])
    np.testing.assert_allclose(figures.f1, [2 / 3, 2 / 5, 0, np.nan])
    assert mean_over_present(figures.recall, figures.support) == pytest.approx((2 / 3 + 1 / 2) / 3)


def test_against_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    label, predicted = rng.integers(0, 6, 300), rng.integers(0, 6, 300)
    confusion = confusion_matrix(label, predicted, classes=6)
    np.testing.assert_array_equal(confusion, metrics.confusion_matrix(label, predicted))
    figures = class_figures(confusion)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(label, predicted)
    np.testing.assert_allclose(figures.precision, precision)
    np.testing.assert_allclose(figures.recall, recall)
    np.testing.assert_allclose(figures.f1, f1)
    np.testing.assert_array_equal(figures.support, support)
    balanced = metrics.balanced_accuracy_score(label, predicted)
    assert mean_over_present(figures.recall, figures.support) == pytest.approx(balanced)


def test_labels_of_eight_bits_do_not_overflow() -> None:
    label = np.arange(200, dtype=np.uint8)
    np.testing.assert_array_equal(confusion_matrix(label, label, classes=200), np.eye(200))


def test_no_galaxies_no_figure() -> None:
    confusion = confusion_matrix(np.zeros(0, int), np.zeros(0, int), classes=3)
    figures = class_figures(confusion)
    assert np.isnan(accuracy(confusion))
    assert np.isnan(mean_over_present(figures.f1, figures.support))
