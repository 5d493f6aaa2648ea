import numpy as np
import pytest
from sklearn import metrics

from galaxy.evaluation import bootstrap
from galaxy.evaluation.bootstrap import HEADLINES, _Row, interval, resampled_headlines


def example(seeds: int = 1, galaxies: int = 80, digits: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    label = rng.integers(0, 3, galaxies)
    return (rng.dirichlet(np.ones(3), (seeds, galaxies)) * 0.7 + np.eye(3)[label] * 0.3).round(digits), label


@pytest.mark.parametrize("digits", [1, 8])
def test_a_weighted_row_is_the_row_with_galaxies_repeated(digits: int) -> None:
    probability, label = example(digits=digits)
    probability = probability[0]
    weight = np.random.default_rng(0).integers(0, 4, size=(5, len(label)))
    figures = _Row(probability, label).headlines(weight.astype(float))
    for copy in range(5):
        p, y = np.repeat(probability, weight[copy], axis=0), np.repeat(label, weight[copy])
        predicted = p.argmax(axis=1)
        assert figures[0, copy] == pytest.approx(metrics.accuracy_score(y, predicted))
        assert figures[1, copy] == pytest.approx(metrics.balanced_accuracy_score(y, predicted))
        assert figures[2, copy] == pytest.approx(metrics.f1_score(y, predicted, average="macro"))
        area = np.mean([metrics.roc_auc_score(y == k, p[:, k]) for k in range(3)])
        assert figures[3, copy] == pytest.approx(area)


def test_the_number_of_resamples_at_once_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    probability, label = example(seeds=2)
    whole = resampled_headlines(probability, label, resamples=150, seed=0)
    monkeypatch.setattr(bootstrap, "_VALUES", 7 * len(label))
    parts = resampled_headlines(probability, label, resamples=150, seed=0)
    for name in HEADLINES:
        np.testing.assert_array_equal(parts[name], whole[name])


def test_interval_of_accuracy_is_the_binomial_one() -> None:
    probability, label = example(galaxies=600)
    values = resampled_headlines(probability, label, resamples=2000, seed=0)["accuracy"]
    share = float(np.mean(probability[0].argmax(axis=1) == label))
    deviation = np.sqrt(share * (1 - share) / 600)
    low, high = interval(values) or (0.0, 0.0)
    assert low == pytest.approx(share - 1.96 * deviation, abs=0.006)
    assert high == pytest.approx(share + 1.96 * deviation, abs=0.006)


def test_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        right = rng.random(150) < 0.7
        probability = np.stack([right, ~right], axis=1)[None].astype(float)
        values = resampled_headlines(probability, np.zeros(150, int), resamples=200, seed=trial)["accuracy"]
        low, high = interval(values) or (1.0, 0.0)
        covered += low <= 0.7 <= high
    assert 180 <= covered <= 198  # 190 expected, deviation 3


def test_several_seeds_widen_it() -> None:
    label = np.zeros(400, int)
    good, bad = np.tile([0.9, 0.1], (400, 1)), np.tile([0.1, 0.9], (400, 1))
    alike = resampled_headlines(np.stack([good, good]), label, resamples=200, seed=0)["accuracy"]
    apart = resampled_headlines(np.stack([good, bad]), label, resamples=200, seed=0)["accuracy"]
    assert np.ptp(alike) == 0
    assert interval(apart) == (0, 1)
    assert set(np.unique(apart)) == {0, 0.5, 1}


def test_paired_and_repeatable() -> None:
    probability, label = example(seeds=3)
    one = resampled_headlines(probability, label, resamples=150, seed=5)
    same = resampled_headlines(probability, label, resamples=150, seed=5)
    other = resampled_headlines(probability, label, resamples=150, seed=6)
    assert set(one) == set(HEADLINES)
    for name in HEADLINES:
        np.testing.assert_array_equal(one[name], same[name])
    assert not np.array_equal(one["accuracy"], other["accuracy"])
    # The same galaxies whatever the number of trainings: repeated trainings change nothing.
    once = resampled_headlines(probability[:1], label, resamples=150, seed=5)
    twice = resampled_headlines(probability[[0, 0]], label, resamples=150, seed=5)
    np.testing.assert_allclose(once["roc_auc"], twice["roc_auc"])


def test_undefined_figures() -> None:
    label = np.zeros(10, int)
    values = resampled_headlines(np.tile([0.6, 0.4], (1, 10, 1)), label, resamples=5, seed=0)
    assert interval(values["roc_auc"]) is None
    assert interval(values["accuracy"]) == (1, 1)
