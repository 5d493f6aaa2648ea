"""Formats numbers and lists for the page."""

from collections.abc import Sequence

MISSING = "\N{EN DASH}"
"""Text of a table's cell without a value."""


def percent(value: float) -> str:
    """Format a share as a percentage for a sentence: 0.1234 gives "12.3 %"."""
    return f"{100 * value:.1f} %"


def percent_cell(value: float | None) -> str:
    """Format a share as a percentage for a table whose heading has the unit: 0.1234 gives "12.3"."""
    return MISSING if value is None else f"{100 * value:.1f}"


def decimal(value: float | None) -> str:
    """Format a number with three decimal places: 0.1234 gives "0.123"."""
    return MISSING if value is None else f"{value:.3f}"


def p_value(value: float) -> str:
    """Format a p-value for a table: "< 0.001" or "0.123"."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def p_text(value: float) -> str:
    """Format a p-value for a sentence: "p < 0.001" or "p = 0.123"."""
    return f"p {p_value(value)}" if value < 0.001 else f"p = {p_value(value)}"


def listed(names: Sequence[str]) -> str:
    """Join names for a sentence: "a, b and c"."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def big_number(value: float | None) -> str:
    """Format a number with three significant digits and k, M, G or T: 1234567 gives "1.23 M"."""
    if value is None:
        return MISSING
    rounded = float(f"{value:.3g}")  # first, so that 999,999 is 1 M and not 1000 k
    for size, letter in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if rounded >= size:
            return f"{rounded / size:.3g} {letter}"
    return f"{rounded:.3g}"


def duration(seconds: float) -> str:
    """Format seconds as "8.4 s", "54 s", "3 min 20 s" or "2 h 5 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"
