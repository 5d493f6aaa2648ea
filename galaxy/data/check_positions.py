"""Checks positions on the sky: their range, and values that stand for an unknown position."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError

PLACEHOLDER_ROWS = 10
"""A position that more rows than this have, and more than 1 % of the rows, is taken to mean "unknown"."""


def check_positions(
    path: Path, ra: NDArray[np.float64], dec: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Check positions on the sky and bring right ascensions into [0, 360).

    Args:
        path: File that the positions are from, for messages.
        ra: (N,) right ascension in degrees, -360 to 360; NaN where unknown.
        dec: (N,) declination in degrees, -90 to 90; NaN where unknown.

    Returns:
        (N,) right ascension in [0, 360) and (N,) declination, both NaN where one of them is unknown.

    Raises:
        InputError: If a value is out of range, or many rows have the same position.
    """
    # NaN means unknown and is allowed; any other value that is not a position on the sphere is an error in the file.
    for name, values, low, high in (("ra", ra, -360, 360), ("dec", dec, -90, 90)):
        wrong = np.flatnonzero(~np.isnan(values) & ~((values >= low) & (values <= high)))
        if len(wrong):
            raise InputError(
                f"{path}: {name!r} is {values[wrong[0]]:g} in row {wrong[0]} ({len(wrong)} such rows); allowed are "
                f"{low} to {high} degrees, and NaN where unknown"
            )
    unknown = np.isnan(ra) | np.isnan(dec)
    _refuse_placeholder(path, ra[~unknown], dec[~unknown], rows=len(ra))
    return np.where(unknown, np.nan, ra % 360.0 % 360.0), np.where(unknown, np.nan, dec)


def _refuse_placeholder(path: Path, ra: NDArray[np.float64], dec: NDArray[np.float64], *, rows: int) -> None:
    """Refuse a file in which many galaxies have one position, which would put them all on one side of a split."""
    if not len(ra):
        return
    places, counts = np.unique(ra + 1j * dec, return_counts=True)
    most = int(np.argmax(counts))
    if counts[most] > PLACEHOLDER_ROWS and counts[most] * 100 > rows:
        place = f"ra {places[most].real:g}, dec {places[most].imag:g}"
        raise InputError(
            f"{path}: {counts[most]} of {rows} rows have the position {place}; "
            "write NaN into 'ra' and 'dec' where the position is unknown"
        )
