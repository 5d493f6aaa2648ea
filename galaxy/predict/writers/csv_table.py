"""Writes CSV in UTF-8 with a header; numbers in the shortest form that reads back to the same number."""

import csv
from collections.abc import Iterable, Sequence
from typing import IO

import numpy as np

from galaxy.predict.columns import Column
from galaxy.predict.picture import Value


def write_csv(file: IO[str], columns: Sequence[Column], parts: Iterable[list[list[Value]]]) -> None:
    """Write a header and all rows.

    Example:
        >>> import sys
        >>> write_csv(sys.stdout, [Column("id", "text"), Column("confidence", "single")], [[["m31", 0.75]]])
        id,confidence
        m31,0.75
    """
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([column.name for column in columns])
    kinds = [column.kind for column in columns]
    for rows in parts:
        writer.writerows([_text(value, kind) for value, kind in zip(row, kinds, strict=True)] for row in rows)


def _text(value: Value, kind: str) -> str:
    if value is None:
        return ""
    return str(np.float32(value)) if kind == "single" else str(value)
