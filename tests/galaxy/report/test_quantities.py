import pytest

from galaxy.report.quantities import (
    MISSING,
    big_number,
    decimal,
    duration,
    listed,
    p_text,
    p_value,
    percent,
    percent_cell,
)


def test_shares_and_missing_values() -> None:
    assert percent(0.1234) == "12.3 %"
    assert percent_cell(0.1234) == "12.3"
    assert decimal(0.12345) == "0.123"
    assert [percent_cell(None), decimal(None), big_number(None)] == [MISSING] * 3


@pytest.mark.parametrize(("value", "text"), [(0.0009, "< 0.001"), (0.001, "0.001"), (0.5, "0.500")])
def test_p_values(value: float, text: str) -> None:
    assert p_value(value) == text
    assert p_text(value) == f"p {text}" if text.startswith("<") else f"p = {text}"


@pytest.mark.parametrize(("names", "text"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", "c"], "a, b and c")])
def test_names_are_joined_as_in_a_sentence(names: list[str], text: str) -> None:
    assert listed(names) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999, "999"),
        (999.6, "1 k"),
        (1000, "1 k"),
        (999_499, "999 k"),
        (999_500, "1 M"),
        (1_234_567, "1.23 M"),
        (2.5e9, "2.5 G"),
        (1.25e12, "1.25 T"),
    ],
)
def test_big_numbers_have_three_digits_and_a_letter(value: float, text: str) -> None:
    assert big_number(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3599.6, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_never_show_sixty(seconds: float, text: str) -> None:
    assert duration(seconds) == text
