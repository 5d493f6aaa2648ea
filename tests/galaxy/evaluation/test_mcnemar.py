import numpy as np
import pytest
from scipy.stats import binomtest

from galaxy.evaluation.mcnemar import holm, least_clear, mcnemar


def outcomes(both: int, first: int, second: int) -> tuple[np.ndarray, np.ndarray]:
    pairs = [(True, True)] * both + [(True, False)] * first + [(False, True)] * second
    a, b = zip(*pairs, strict=True)
    return np.array(a), np.array(b)


def test_by_hand() -> None:
    result = mcnemar(*outcomes(5, 5, 1))
    assert (result.first_only, result.second_only) == (5, 1)
    assert result.p_value == pytest.approx(2 * (1 + 6) / 64)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (3, 3), (0, 9), (40, 21), (900, 1100)])
def test_against_scipy(first: int, second: int) -> None:
    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert mcnemar(*outcomes(3, first, second)).p_value == pytest.approx(expected)
    assert mcnemar(*outcomes(3, second, first)).p_value == pytest.approx(expected)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []


def test_one_training_each_is_mcnemar() -> None:
    a, b = outcomes(4, 9, 2)
    assert least_clear(a[None], b[None]) == mcnemar(a, b)


def test_the_least_clear_pair_of_trainings_counts() -> None:
    truth, clear = outcomes(5, 20, 1)
    _, close = outcomes(5, 20, 1)
    close = close.copy()
    close[5:17] = True  # of the 20 on which only the first was right, 8 are left
    found = least_clear(np.stack([truth, truth]), np.stack([clear, close]))
    assert found == mcnemar(truth, close)
    assert (found.first_only, found.second_only) == (8, 1)
    assert found.p_value > mcnemar(truth, clear).p_value


def test_seeds_that_disagree_show_nothing() -> None:
    a, b = outcomes(5, 30, 0)
    assert mcnemar(a, b).p_value < 1e-6
    assert least_clear(np.stack([a, b]), np.stack([b, b])).p_value == 1
    assert least_clear(np.stack([a, b]), np.stack([b, a])).p_value == 1


def test_rarely_finds_a_difference_where_rows_have_none() -> None:
    # Trainings of both rows have the same mean accuracy, but each its own luck: a single pair of trainings is called
    # different far too often, the least clear one is not.
    rng = np.random.default_rng(0)
    single = whole = 0
    for _ in range(200):
        share = np.clip(rng.normal(0.7, 0.04, size=(6, 1)), 0, 1)
        right = rng.random((6, 400)) < share
        single += mcnemar(right[0], right[3]).p_value < 0.05
        whole += least_clear(right[:3], right[3:]).p_value < 0.05
    assert single > 30
    assert whole <= 10
