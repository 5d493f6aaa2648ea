import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.predict.conformal import class_sets, threshold


def test_a_case_by_hand() -> None:
    probability = np.array([[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6]])
    label = np.array([0, 0, 1, 0])  # probabilities of the true class: .9, .8, .7, .4
    assert threshold(probability, label, coverage=0.6) == pytest.approx(0.7)  # ceil(5 x .6) = 3 of 4 hold it
    assert threshold(probability, label, coverage=0.8) == pytest.approx(0.4)
    assert threshold(probability, label, coverage=0.9) == 0.0  # ceil(5 x .9) = 5 of 4: nothing may be left out
    sets = class_sets(np.array([[0.75, 0.25], [0.5, 0.5], [0.31, 0.69]]), least=0.7)
    assert sets.tolist() == [[True, False], [True, False], [False, True]]


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.95])
def test_sets_cover_new_galaxies_as_often_as_wanted(coverage: float) -> None:
    covered = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        probability = rng.dirichlet(np.full(5, 0.4), 4000)
        sharpened = probability**2 / (probability**2).sum(axis=1, keepdims=True)  # an overconfident network
        label = (rng.random((4000, 1)) > probability.cumsum(axis=1)[:, :-1]).sum(axis=1)
        least = threshold(sharpened[:2000], label[:2000], coverage=coverage)
        sets = class_sets(sharpened[2000:], least=least)
        assert sets.any(axis=1).all()
        covered.append(sets[np.arange(2000), label[2000:]].mean())
    deviation = np.sqrt(coverage * (1 - coverage) * 2 / 2000 / len(covered))
    assert np.mean(covered) >= coverage - 4 * deviation
    # The most probable class always belongs, which alone may cover more than is wanted.
    alone = (sharpened.argmax(axis=1) == label).mean()
    assert np.mean(covered) <= max(coverage, alone) + 0.02


@pytest.mark.parametrize("coverage", [0, 1, -1, float("nan")])
def test_coverage_is_a_share(coverage: float) -> None:
    with pytest.raises(InputError, match="a share between 0 and 1"):
        threshold(np.ones((2, 1)), np.zeros(2, np.int64), coverage=coverage)
