from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from galaxy.errors import InputError
from galaxy.evaluation import probes
from galaxy.evaluation.probes import knn_right, linear_probe_accuracy


def knn_accuracy(*given: Any, **options: Any) -> float:
    return float(knn_right(*given, **options).mean())


def test_knn_by_hand() -> None:
    train = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    labels = np.array([0, 0, 1, 1])
    test = np.array([[5.0, 0.2], [0.1, 3.0], [1.0, 0.05]])
    assert knn_accuracy(train, labels, test, np.array([0, 1, 1]), k=2) == pytest.approx(2 / 3)


def test_cosine_ignores_the_length_of_a_feature_vector() -> None:
    rng = np.random.default_rng(0)
    train, test = rng.normal(size=(60, 5)), rng.normal(size=(30, 5))
    labels, truth = rng.integers(0, 3, 60), rng.integers(0, 3, 30)
    stretched = test * rng.uniform(0.1, 10, (30, 1))
    assert knn_accuracy(train, labels, test, truth) == knn_accuracy(train, labels, stretched, truth)


@given(st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_knn_agrees_with_scikit_learn_where_no_vote_is_tied(seed: int) -> None:
    rng = np.random.default_rng(seed)
    train, test = rng.normal(size=(50, 4)), rng.normal(size=(40, 4))
    labels, truth = rng.integers(0, 2, 50), rng.integers(0, 2, 40)  # two classes and odd k: no ties
    reference = KNeighborsClassifier(7, metric="cosine").fit(train, labels)
    assert knn_accuracy(train, labels, test, truth, k=7) == pytest.approx(reference.score(test, truth))


def test_a_tie_goes_to_the_class_with_the_nearest_member() -> None:
    train = np.array([[1.0, 0.3], [1.0, 0.0], [1.0, 0.2], [1.0, 0.4]])
    labels = np.array([0, 1, 1, 0])
    assert knn_accuracy(train, labels, np.array([[1.0, 0.0]]), np.array([1]), k=4) == 1.0


def test_linear_probe_separates_what_is_separable_and_ignores_scale() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 40)
    x = np.eye(3)[labels] * 4 + rng.normal(size=(120, 3))
    half = rng.permutation(120)
    train, test = half[:60], half[60:]
    score = linear_probe_accuracy(x[train], labels[train], x[test], labels[test])
    scaled = linear_probe_accuracy(x[train] * 1e3 + 7, labels[train], x[test] * 1e3 + 7, labels[test])
    assert score > 0.9
    assert scaled == pytest.approx(score, abs=0.02)


def test_shuffled_labels_are_not_readable() -> None:
    rng = np.random.default_rng(1)
    x, labels = rng.normal(size=(400, 3)), rng.integers(0, 4, 400)
    assert linear_probe_accuracy(x[:200], labels[:200], x[200:], labels[200:]) < 0.4
    assert knn_accuracy(x[:200], labels[:200], x[200:], labels[200:]) < 0.4


@pytest.mark.parametrize("probe", [knn_accuracy, linear_probe_accuracy])
def test_bad_features_are_one_line(probe: object) -> None:
    assert callable(probe)
    good, labels = np.ones((30, 2)), np.arange(30) % 2
    bad = good.copy()
    bad[3, 1] = np.nan
    with pytest.raises(InputError, match="NaN"):
        probe(bad, labels, good, labels)
    with pytest.raises(InputError, match="labels"):
        probe(good, labels[:-1], good, labels)
    with pytest.raises(InputError, match="columns"):
        probe(good, labels, good[:, :1], labels)


def test_impossible_k_zero_rows_and_one_class() -> None:
    x, labels = np.ones((10, 2)), np.arange(10) % 2
    with pytest.raises(InputError, match="must be between 1 and 10"):
        knn_accuracy(x, labels, x, labels, k=11)
    with pytest.raises(InputError, match="zero"):
        knn_accuracy(np.zeros((10, 2)), labels, x, labels, k=3)
    with pytest.raises(InputError, match="one class"):
        linear_probe_accuracy(x, labels * 0, x, labels)


@pytest.mark.parametrize("values", [1, 60 * 7])
def test_the_size_of_a_block_changes_nothing(monkeypatch: pytest.MonkeyPatch, values: int) -> None:
    rng = np.random.default_rng(0)
    given = rng.normal(size=(60, 5)), rng.integers(0, 3, 60), rng.normal(size=(30, 5)), rng.integers(0, 3, 30)
    whole = knn_right(*given)
    monkeypatch.setattr(probes, "_VALUES", values)
    np.testing.assert_array_equal(knn_right(*given), whole)
