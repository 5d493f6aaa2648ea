"""Formats positions on the sky, and their addresses in the Legacy Surveys' viewer."""

import math

VIEWER = "https://www.legacysurvey.org/viewer?ra={ra:.5f}&dec={dec:.5f}&layer=ls-dr9&zoom=15"
"""The viewer of the DESI Legacy Imaging Surveys, one zoom closer than 14, that of the surveys' own pixels."""


def position_text(ra: float, dec: float) -> str:
    """Format a position in degrees; the text is empty if it is unknown (NaN)."""
    return "" if math.isnan(ra) or math.isnan(dec) else f"ra {ra:.4f}, dec {dec:+.4f}"


def viewer_address(ra: float, dec: float) -> str:
    """Return the address of a position in degrees in the Legacy Surveys' viewer.

    It is empty if the position is NaN or none on the sky; right ascensions from -180 to 360 degrees are.

    Example:
        >>> viewer_address(184.5, 12.25)
        'https://www.legacysurvey.org/viewer?ra=184.50000&dec=12.25000&layer=ls-dr9&zoom=15'
    """
    return VIEWER.format(ra=ra, dec=dec) if -180 <= ra <= 360 and -90 <= dec <= 90 else ""
