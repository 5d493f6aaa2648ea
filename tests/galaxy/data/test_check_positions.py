from pathlib import Path

import numpy as np
import pytest

from galaxy.data.check_positions import PLACEHOLDER_ROWS, check_positions
from galaxy.errors import InputError

FILE = Path("own.h5")


def test_right_ascensions_are_brought_into_one_turn() -> None:
    ra, dec = check_positions(FILE, np.array([-360.0, -10.0, 0.0, 359.0, 360.0, -1e-20]), np.arange(6.0))
    np.testing.assert_array_equal(ra, [0, 350, 0, 359, 0, 0])
    np.testing.assert_array_equal(dec, np.arange(6.0))


def test_a_position_of_which_half_is_unknown_is_unknown() -> None:
    ra, dec = check_positions(FILE, np.array([np.nan, 1.0, 2.0]), np.array([1.0, np.nan, 2.0]))
    np.testing.assert_array_equal(ra, [np.nan, np.nan, 2])
    np.testing.assert_array_equal(dec, [np.nan, np.nan, 2])


@pytest.mark.parametrize(
    ("ra", "dec", "said"),
    [
        ([0, 361], [0, 0], r"'ra' is 361 in row 1 \(1 such rows\); allowed are -360 to 360 degrees"),
        ([0, 0], [-91, 95], r"'dec' is -91 in row 0 \(2 such rows\); allowed are -90 to 90 degrees"),
        ([np.inf, 0], [0, 0], "'ra' is inf in row 0"),
    ],
)
def test_a_value_out_of_range_is_named_with_its_row(ra: list[float], dec: list[float], said: str) -> None:
    with pytest.raises(InputError, match=f"own.h5: {said}"):
        check_positions(FILE, np.array(ra, dtype=float), np.array(dec, dtype=float))


@pytest.mark.parametrize(
    ("same", "rows", "refused"), [(11, 12, True), (10, 12, False), (11, 1099, True), (11, 1100, False)]
)
def test_a_position_of_more_than_ten_rows_and_one_per_cent_is_refused(same: int, rows: int, refused: bool) -> None:
    assert PLACEHOLDER_ROWS == 10
    ra = np.linspace(1, 300, rows)
    ra[:same] = 0.5
    if refused:
        with pytest.raises(InputError, match=f"{same} of {rows} rows have the position ra 0.5, dec 0; write NaN"):
            check_positions(FILE, ra, np.zeros(rows))
    else:
        assert len(check_positions(FILE, ra, np.zeros(rows))[0]) == rows
