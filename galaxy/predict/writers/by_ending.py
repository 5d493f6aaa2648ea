"""Chooses the format of an output by the ending of its name."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from galaxy.errors import InputError
from galaxy.predict.columns import Column
from galaxy.predict.parts import extent_of
from galaxy.predict.picture import Value
from galaxy.predict.writers.astropy_table import MOST_COLUMNS, fits_name, require_astropy, write_ecsv, write_fits
from galaxy.predict.writers.csv_table import write_csv
from galaxy.predict.writers.parquet import require_pyarrow, write_parquet

FORMS = {
    ".csv": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".fits": "fits",
    ".fit": "fits",
    ".ecsv": "ecsv",
}


def form_of(output: Path) -> str:
    """Return the format of an output, after a check that the library that writes it is installed.

    Raises:
        InputError: If the ending is unknown or the library is missing.
    """
    form = FORMS.get(output.suffix.lower())
    if form is None:
        raise InputError(f"{output} ends in none of {', '.join(FORMS)}; give a name that ends in one of them")
    if form == "parquet":
        require_pyarrow()
    elif form in ("fits", "ecsv"):
        require_astropy()
    return form


def check_width(output: Path, count: int) -> None:
    """Check that an output can have a number of columns.

    Raises:
        InputError: If it is a FITS table and would have more than `MOST_COLUMNS`.
    """
    if FORMS[output.suffix.lower()] == "fits" and count > MOST_COLUMNS:
        raise InputError(
            f"{output} would have {count} columns, and a FITS table has at most {MOST_COLUMNS}; give a name that ends "
            "in .parquet"
        )


def check_columns(output: Path, columns: Sequence[Column]) -> None:
    """Check that an output can have the columns.

    Raises:
        InputError: If it is a FITS table, and there are too many or one has a name that FITS does not allow.
    """
    check_width(output, len(columns))
    if FORMS[output.suffix.lower()] == "fits" and (wrong := [one.name for one in columns if not fits_name(one.name)]):
        raise InputError(
            f"{output} would have a column {wrong[0]!r}, and names in a FITS table have 1 to 68 printable ASCII "
            "characters, where a single quote counts twice; give a name of the output that ends in .parquet or .csv"
        )


def write_table(path: Path, form: str, columns: Sequence[Column], parts: Iterable[list[list[Value]]]) -> None:
    """Write all rows as one table.

    Args:
        path: The file.
        form: Form of the output, from `form_of`.
        columns: The columns.
        parts: Rows in parts, which are read twice.
    """
    if form == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            write_csv(file, columns, parts)
    elif form == "parquet":
        write_parquet(path, columns, parts)
    elif form == "fits":
        write_fits(path, columns, parts, extent_of(parts, columns=len(columns)))
    else:
        write_ecsv(path, columns, parts, extent_of(parts, columns=len(columns)))
