"""Reads a split of galaxies from a CSV file that another program wrote."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.counted import counted
from galaxy.data.manifest import SPLITS
from galaxy.errors import InputError

ROW_COLUMNS = ("row", "index", "idx", "id")
SET_COLUMNS = ("split", "set", "subset", "fold", "partition")
_SET_NAMES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "holdout"),
}
_OUR_ID = re.compile(r"[0-9a-f]{12}-([0-9]{6})")


@dataclass(frozen=True, eq=False)
class ForeignSplit:
    """The M lines of a split.

    Attributes:
        row: (M,) int64, row of each galaxy in its data file; a row may stand there several times.
        split: (M,) names of `SPLITS`.
        ra: (M,) right ascension in degrees, NaN where the file has none.
        dec: (M,) declination in degrees, NaN where the file has none.
        label: (M,) int64, -1 where the file has none.
    """

    row: NDArray[np.int64]
    split: NDArray[np.str_]
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    label: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class TextTable:
    """The N lines below the header of a CSV file.

    Attributes:
        path: The file.
        columns: Texts of each column by its name in lower case.
        line: Number of each line in the file.
    """

    path: Path
    columns: dict[str, list[str]]
    line: list[int]


def read_foreign_split(path: Path) -> ForeignSplit:
    """Read a CSV file with a line for each galaxy: its row, its set, and, if known, `ra`, `dec` and `label`.

    The row is a number, or one of our ids; sets are called train, validation and test, or by their usual short names.

    Raises:
        InputError: If the file is no such table, or has one set only; the message names the line.
    """
    table = read_table(path)
    rows = _column(table, ROW_COLUMNS, "row")
    sets = _column(table, SET_COLUMNS, "set")
    known = {name: split for split, names in _SET_NAMES.items() for name in names}
    split = []
    for line, name in zip(table.line, sets, strict=True):
        if name.strip().lower() not in known:
            raise InputError(f"{path}, line {line}: the set is {name[:40]!r}; allowed are {', '.join(known)}")
        split.append(known[name.strip().lower()])
    if len(set(split)) == 1:
        raise InputError(f"{path} has {split[0]} galaxies only; give a split with a second set, to which they can leak")
    ra, dec, label = coordinates(table)
    names = np.array(split, dtype=f"U{max(map(len, SPLITS))}")
    return ForeignSplit(row=row_numbers(table, rows), split=names, ra=ra, dec=dec, label=label)


def read_table(path: Path) -> TextTable:
    """Read the columns of a CSV file with a header; empty lines are passed over.

    Raises:
        InputError: If the file cannot be read, has no lines, lines of different length or two columns of one name.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            lines = [(reader.line_num, line) for line in reader if line]
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a CSV file of rows and sets") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path} is not CSV text in UTF-8; give a CSV file of rows and sets") from None
    if len(lines) < 2:
        raise InputError(f"{path} has no lines below its header; give a CSV file of rows and sets")
    header = [name.strip().lower() for name in lines[0][1]]
    if twice := [name for name in dict.fromkeys(header) if header.count(name) > 1]:
        raise InputError(f"{path} has two columns named {twice[0][:40]!r}; each column must have a name of its own")
    for number, line in lines[1:]:
        if len(line) != len(header):
            raise InputError(
                f"{path}, line {number}: the line has {counted(len(line), 'field')}, but the header has {len(header)}"
            )
    columns = map(list, zip(*(line for _, line in lines[1:]), strict=True))
    return TextTable(path, dict(zip(header, columns, strict=True)), [number for number, _ in lines[1:]])


def coordinates(table: TextTable) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return `ra` and `dec` (N,) in degrees, NaN where missing, and `label` (N,), -1 everywhere if one is missing.

    Raises:
        InputError: If a position is no number of degrees, or out of range.
    """
    count, positions = len(table.line), []
    for name, limit in (("ra", 360), ("dec", 90)):
        values = np.full(count, np.nan)
        for place, text in enumerate(table.columns.get(name, [])):
            try:
                values[place] = float(text.strip() or "nan")
            except ValueError:
                raise InputError(
                    f"{table.path}, line {table.line[place]}: {name} is not a number of degrees, but {text[:40]!r}; "
                    "leave the field empty where it is unknown"
                ) from None
        if (wrong := np.flatnonzero(np.abs(values) > limit)).size:
            raise InputError(
                f"{table.path}: {name} is {values[wrong[0]]:g} in line {table.line[wrong[0]]}; it must be an angle in "
                f"degrees, between -{limit} and {limit}"
            )
        positions.append(values)
    label = table.columns.get("label", [""])
    if any(not text.strip() for text in label):
        return positions[0], positions[1], np.full(count, -1, dtype=np.int64)
    # Labels may be names; only their differences matter.
    return positions[0], positions[1], np.unique(label, return_inverse=True)[1].astype(np.int64)


def row_numbers(table: TextTable, texts: Sequence[str]) -> NDArray[np.int64]:
    """Return the (N,) int64 rows that a column of numbers or ids names.

    Raises:
        InputError: If one is no whole number from 0 to 999,999,999.
    """
    plain = [match[1] if (match := _OUR_ID.fullmatch(text.strip())) else text.strip() for text in texts]
    for line, text in zip(table.line, plain, strict=True):
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise InputError(
                f"{table.path}, line {line}: the row is {text[:40]!r}; it must be a whole number from 0 to 999,999,999"
            )
    return np.array([int(text) for text in plain], dtype=np.int64)


def _column(table: TextTable, names: Sequence[str], what: str) -> list[str]:
    found = next((table.columns[name] for name in names if name in table.columns), None)
    if found is None:
        raise InputError(
            f"{table.path} has no column of the {what}, which may be named {' or '.join(names)}; its columns are "
            f"{', '.join(table.columns)}"
        )
    return found
