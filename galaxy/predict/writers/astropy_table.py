"""Writes FITS binary tables and ECSV through astropy, part by part."""

import io
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError
from galaxy.predict.columns import Column
from galaxy.predict.parts import Extent
from galaxy.predict.picture import Value

MOST_COLUMNS = 999
"""Largest number of columns of a FITS table: its keywords, such as TTYPE999, have eight characters."""

_BLOCK = 2880
"""FITS files are padded to a multiple of this number of bytes."""


def require_astropy() -> None:
    """Check that astropy is installed.

    Raises:
        InputError: If it is not installed.
    """
    try:
        import astropy.table  # noqa: F401
    except ImportError:
        raise InputError(
            "FITS and ECSV need astropy, which is not installed: pip install 'galaxy-morphology-benchmark[astro]'"
        ) from None


def fits_name(name: str) -> bool:
    """Return whether a column of a FITS table can have this name, which stands in one card of the header."""
    return name.isascii() and name.isprintable() and 1 <= len(name.replace("'", "''")) <= 68


def write_fits(path: Path, columns: Sequence[Column], parts: Iterable[list[list[Value]]], extent: Extent) -> None:
    """Write all rows as one binary table; unknown numbers are NaN, characters outside ASCII become question marks.

    A column of booleans with gaps has the numbers 0 and 1.

    Args:
        path: The file to write.
        columns: Names and kinds of the columns.
        parts: The rows in parts, each of which fits into memory.
        extent: Number of rows, and what is needed to choose the type of each column.
    """
    from astropy.io import fits
    from astropy.io.fits.verify import VerifyWarning

    dtype = _dtype(columns, extent, text="S", boolean="S1")
    with warnings.catch_warnings(action="ignore", category=VerifyWarning):  # that other names would be better
        header = fits.BinTableHDU(np.zeros(0, dtype=_dtype(columns, extent, text="S", boolean="?"))).header
    header["NAXIS2"] = extent.rows
    with path.open("wb") as file:
        file.write(fits.PrimaryHDU().header.tostring().encode("ascii"))
        file.write(header.tostring().encode("ascii"))
        size = 0
        for rows in parts:
            content = _records(rows, columns, dtype).astype(dtype.newbyteorder(">")).tobytes()
            file.write(content)
            size += len(content)
        file.write(b"\0" * (-size % _BLOCK))


def write_ecsv(path: Path, columns: Sequence[Column], parts: Iterable[list[list[Value]]], extent: Extent) -> None:
    """Write all rows as ECSV; unknown numbers are NaN. The arguments are those of `write_fits`."""
    from astropy.table import Table

    dtype = _dtype(columns, extent, text="U", boolean="?")
    with path.open("w", encoding="utf-8") as file:
        file.write(_ecsv(Table(np.zeros(0, dtype=dtype))))
        for rows in parts:
            text = _ecsv(Table(_records(rows, columns, dtype)))
            lines = text.splitlines(keepends=True)
            start = next(number for number, line in enumerate(lines) if not line.startswith("#")) + 1
            file.writelines(_without_comment(line) for line in lines[start:])


def _without_comment(line: str) -> str:
    """Quote a first value that begins with a hash sign, which astropy writes as it is and reads as a comment."""
    value, space, rest = line.rstrip("\n").partition(" ")
    return f'"{value}"{space}{rest}\n' if value.startswith("#") else line


def _ecsv(table: Any) -> str:
    text = io.StringIO()
    table.write(text, format="ascii.ecsv")
    return text.getvalue()


def _dtype(columns: Sequence[Column], extent: Extent, *, text: str, boolean: str) -> np.dtype[np.void]:
    kinds: list[tuple[str, Any]] = []
    for column, longest, gaps in zip(columns, extent.longest, extent.gaps, strict=True):
        # FITS and ECSV of plain columns know no gap in whole numbers.
        whole = {"integer": "i8", "boolean": boolean}
        simple = {"number": "f8", "single": "f4"} | (dict.fromkeys(whole, "f8") if gaps else whole)
        kinds.append((column.name, simple.get(column.kind, f"{text}{longest}")))
    return np.dtype(kinds)


def _records(rows: list[list[Value]], columns: Sequence[Column], dtype: np.dtype[np.void]) -> NDArray[np.void]:
    records = np.zeros(len(rows), dtype=dtype)
    for index, column in enumerate(columns):
        kind = dtype[index].kind
        values: list[Any] = [row[index] for row in rows]
        if kind == "S" and column.kind == "boolean":  # FITS has these letters for true and false
            values = [b"T" if value else b"F" for value in values]
        elif kind == "S":
            values = [str(value if value is not None else "").encode("ascii", errors="replace") for value in values]
        elif kind == "U":
            values = ["" if value is None else str(value) for value in values]
        elif kind == "f":
            values = [np.nan if value is None else value for value in values]
        records[column.name] = values
    return records
