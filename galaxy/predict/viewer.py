"""Addresses of the Legacy Surveys' sky viewer."""

import math


def viewer_address(ra: float, dec: float) -> str:
    """Return the address of the sky viewer at a position in degrees; empty where the position is unknown.

    Example:
        >>> viewer_address(184.5, 12.25)
        'https://www.legacysurvey.org/viewer?ra=184.500000&dec=12.250000&layer=ls-dr9&zoom=15'
    """
    if math.isnan(ra) or math.isnan(dec):
        return ""
    return f"https://www.legacysurvey.org/viewer?ra={ra:.6f}&dec={dec:.6f}&layer=ls-dr9&zoom=15"
