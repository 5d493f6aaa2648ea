import numpy as np
import pytest

from galaxy.evaluation.row_figures import CURVE_POINTS, SCORES, evaluate_row


def example(seeds: int = 2, galaxies: int = 200, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    label = rng.integers(0, classes, galaxies)
    probability = rng.dirichlet(np.ones(classes), (seeds, galaxies)) * 0.6 + np.eye(classes)[label] * 0.4
    return probability.astype(np.float32), label


def test_seeds_are_evaluated_separately() -> None:
    probability, label = example()
    both = evaluate_row(probability, label, resamples=0, bins=10, seed=0)
    for s in range(2):
        alone = evaluate_row(probability[s : s + 1], label, resamples=0, bins=10, seed=0)
        for name in SCORES:
            assert both.scores[name][s] == pytest.approx(alone.scores[name][0])
    assert both.confusion.sum() == 2 * len(label)
    assert all(pair is None for pair in both.intervals.values())


def test_intervals_hold_the_figure() -> None:
    probability, label = example()
    figures = evaluate_row(probability, label, resamples=200, bins=10, seed=0)
    for name, pair in figures.intervals.items():
        assert pair is not None
        assert pair[0] <= figures.scores[name].mean() <= pair[1]


def test_relabelling_the_classes_changes_nothing() -> None:
    probability, label = example()
    order = np.array([2, 0, 3, 1])
    renamed = np.argsort(order)[label]
    one = evaluate_row(probability, label, resamples=0, bins=10, seed=0)
    other = evaluate_row(probability[:, :, order], renamed, resamples=0, bins=10, seed=0)
    for name in SCORES:
        np.testing.assert_allclose(one.scores[name], other.scores[name])


def test_a_class_without_galaxies_is_left_out_of_every_mean() -> None:
    probability, label = example()
    padded = np.concatenate([probability, np.zeros((2, len(label), 1), np.float32)], axis=2)
    with_empty = evaluate_row(padded, label, resamples=20, bins=10, seed=0)
    without = evaluate_row(probability, label, resamples=20, bins=10, seed=0)
    for name in SCORES:
        np.testing.assert_allclose(with_empty.scores[name], without.scores[name])
    for name, pair in without.intervals.items():
        assert with_empty.intervals[name] == pytest.approx(pair)
    assert np.isnan(with_empty.per_class["recall"][4])
    assert np.isnan(with_empty.per_class["roc_auc"][4])
    assert with_empty.support[4] == 0


def test_a_single_class_has_no_auc() -> None:
    probability = np.ones((1, 5, 1), np.float32)
    figures = evaluate_row(probability, np.zeros(5, int), resamples=10, bins=10, seed=0)
    assert np.isnan(figures.scores["roc_auc"][0])
    assert figures.scores["accuracy"][0] == 1
    assert figures.intervals["roc_auc"] is None


def test_long_roc_curves_are_thinned_but_keep_their_ends() -> None:
    probability, label = example(galaxies=2000)
    figures = evaluate_row(probability, label, resamples=0, bins=10, seed=0)
    for false, true in figures.roc:
        assert len(false) <= CURVE_POINTS
        assert (false[0], true[0], false[-1], true[-1]) == (0, 0, 1, 1)
