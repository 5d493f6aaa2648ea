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


def read_foreign_split(path: Path) -> ForeignSplit:
    """Read a CSV file with a line for each galaxy: its row, its set, and, if known, `ra`, `dec` and `label`.

    The row is a number, or one of our ids; sets are called train, validation and test, or by their usual short names.

    Raises:
        InputError: If the file is no such table; the message names the line.
    """
    columns = read_columns(path)
    rows = _column(path, columns, ROW_COLUMNS, "row")
    sets = _column(path, columns, SET_COLUMNS, "set")
    known = {name: split for split, names in _SET_NAMES.items() for name in names}
    split = []
    for line, name in enumerate(sets, start=2):
        if name.strip().lower() not in known:
            raise InputError(f"{path}, line {line}: the set is {name[:40]!r}; allowed are {', '.join(known)}")
        split.append(known[name.strip().lower()])
    matches = [_OUR_ID.fullmatch(text) for text in rows]
    plain = [match[1] if match else text for match, text in zip(matches, rows, strict=True)]
    ra, dec, label = coordinates(path, columns, len(split))
    names = np.array(split, dtype=f"U{max(map(len, SPLITS))}")
    return ForeignSplit(row=whole_numbers(path, plain, "the row"), split=names, ra=ra, dec=dec, label=label)


def read_columns(path: Path) -> dict[str, list[str]]:
    """Read the columns of a CSV file with a header, by their names in lower case.

    Raises:
        InputError: If the file cannot be read, has no lines or lines of different length.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [line for line in csv.reader(file, strict=True) if line]
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a CSV file of rows and sets") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path} is not CSV text in UTF-8; give a CSV file of rows and sets") from None
    if len(lines) < 2:
        raise InputError(f"{path} has no lines below its header; give a CSV file of rows and sets")
    header = [name.strip().lower() for name in lines[0]]
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(header):
            raise InputError(
                f"{path}, line {number}: the line has {counted(len(line), 'field')}, but the header has {len(header)}"
            )
    return dict(zip(header, map(list, zip(*lines[1:], strict=True)), strict=False))


def coordinates(
    path: Path, columns: dict[str, list[str]], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """Return `ra` and `dec` (N,) in degrees and `label` (N,) of a table; NaN and -1 stand for missing values.

    Raises:
        InputError: If a position is not a number of degrees.
    """
    positions = []
    for name, limit in (("ra", 360), ("dec", 90)):
        try:
            values = np.array([text.strip() or "nan" for text in columns.get(name, ["nan"] * count)], dtype=np.float64)
        except ValueError as error:
            raise InputError(
                f"{path}: {name} is not a number of degrees ({error}); leave the field empty where it is unknown"
            ) from None
        if (wrong := np.flatnonzero(np.abs(values) > limit)).size:
            raise InputError(
                f"{path}: {name} is {values[wrong[0]]:g} in line {wrong[0] + 2}; it must be an angle in degrees, "
                f"between -{limit} and {limit}"
            )
        positions.append(values)
    if "label" not in columns or any(not text.strip() for text in columns["label"]):
        return positions[0], positions[1], np.full(count, -1, dtype=np.int64)
    # Labels may be names; only their differences matter.
    return positions[0], positions[1], np.unique(columns["label"], return_inverse=True)[1].astype(np.int64)


def whole_numbers(path: Path, texts: Sequence[str], what: str) -> NDArray[np.int64]:
    """Return the (N,) int64 rows that a column of numbers or ids names.

    Raises:
        InputError: If one is not a whole number of at least 0.
    """
    for line, text in enumerate(texts, start=2):
        if not re.fullmatch(r"[0-9]{1,9}", text.strip()):
            raise InputError(f"{path}, line {line}: {what} is {text[:40]!r}; it must be a whole number, 0 or above")
    return np.array([int(text) for text in texts], dtype=np.int64)


def _column(path: Path, columns: dict[str, list[str]], names: Sequence[str], what: str) -> list[str]:
    found = next((columns[name] for name in names if name in columns), None)
    if found is None:
        raise InputError(
            f"{path} has no column of the {what}, which may be named {' or '.join(names)}; its columns are "
            f"{', '.join(columns)}"
        )
    return found
