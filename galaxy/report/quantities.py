"""Numbers and lists as they are written on the page."""

from collections.abc import Sequence

MISSING = "\N{EN DASH}"
"""Stands in a table where there is no figure."""


def percent(value: float) -> str:
    """A share as a percentage for a sentence: 0.1234 is "12.3 %"."""
    return f"{100 * value:.1f} %"


def percent_cell(value: float | None) -> str:
    """A share as a percentage for a table whose heading has the unit: 0.1234 is "12.3"."""
    return MISSING if value is None else f"{100 * value:.1f}"


def decimal(value: float | None) -> str:
    """Three digits after the point."""
    return MISSING if value is None else f"{value:.3f}"


def p_value(value: float) -> str:
    """A p-value for a table: "< 0.001" or "0.123"."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def p_text(value: float) -> str:
    """A p-value for a sentence: "p < 0.001" or "p = 0.123"."""
    return f"p {p_value(value)}" if value < 0.001 else f"p = {p_value(value)}"


def listed(names: Sequence[str]) -> str:
    """Names as they are listed in a sentence: "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def big_number(value: float | None) -> str:
    """Three significant digits with k, M or G: 1234567 is "1.23 M"."""
    if value is None:
        return MISSING
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g} {letter}"
    return f"{value:.3g}"


def duration(seconds: float) -> str:
    """Seconds as "8.4 s", "54 s", "3 min 20 s" or "2 h 5 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"
