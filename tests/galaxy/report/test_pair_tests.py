import pytest

from galaxy.report.pair_tests import LEVEL, PairTest, pair_lines


@pytest.mark.parametrize(("value", "significant"), [(LEVEL - 1e-9, True), (LEVEL, False)])
def test_a_difference_is_significant_below_the_level(value: float, significant: bool) -> None:
    assert PairTest("a", "b", 1, 2, value).significant is significant


def test_a_pair_is_found_by_one_or_both_names() -> None:
    pair = PairTest("a", "b", 1, 2, 0.5)
    assert pair.is_about("b")
    assert pair.is_about("b", "a")
    assert not pair.is_about("a", "c")


def test_lines_hold_the_counts_and_the_p_value_as_text() -> None:
    assert pair_lines([PairTest("a", "b", 1, 12, 0.0001)]) == [
        {"first": "a", "second": "b", "first_only": 1, "second_only": 12, "p": "< 0.001", "significant": True}
    ]
