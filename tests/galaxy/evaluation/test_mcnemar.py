import numpy as np
import pytest
from scipy.stats import binomtest

from galaxy.evaluation.mcnemar import holm, mcnemar


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
