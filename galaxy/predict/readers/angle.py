"""Reads right ascensions and declinations in degrees or sexagesimal, as tables write them."""

import re

_SEXAGESIMAL = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>\d{1,3})(?:\s*[:hd°]\s*|\s+)(?P<minutes>[0-5]?\d)(?:\s*[:m']\s*|\s+)"
    r"(?P<seconds>[0-5]?\d(?:\.\d*)?)\s*[s\"]?"
)


def degrees(text: str, *, hours: bool) -> float:
    """Return an angle in degrees.

    Args:
        text: Degrees, or degrees (hours) with minutes and seconds, such as `10:20:30.5` and `-05d00m12s`.
        hours: Whether sexagesimal angles without a `d` or `°` are in hours, as right ascensions are.

    Raises:
        ValueError: If the text is neither.

    Example:
        >>> degrees("150.1", hours=True), degrees("10:00:24", hours=True), degrees("-05d00m36s", hours=False)
        (150.1, 150.1, -5.01)
    """
    if not (found := _SEXAGESIMAL.fullmatch(text.strip())):
        return float(text)
    value = int(found["whole"]) + int(found["minutes"]) / 60 + float(found["seconds"]) / 3600
    if hours and not re.search("[d°]", text):
        value *= 15
    return -value if found["sign"] == "-" else value
