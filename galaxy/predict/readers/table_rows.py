"""Reads rows of tables in CSV, Parquet, FITS, VOTable and ECSV as plain values.

CSV and Parquet are read in bounded memory; astropy reads the others whole.
"""

import csv
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from galaxy.counted import counted
from galaxy.errors import InputError
from galaxy.predict.picture import Value

PARQUET = (".parquet", ".pq")
ASTROPY = (".vot", ".votable", ".xml", ".ecsv")
ENDINGS = (".csv", *PARQUET, *ASTROPY)
_KINDS = {"i": "integer", "u": "integer", "f": "number", "b": "boolean"}


def columns(path: Path) -> dict[str, str]:
    """Return the names of the columns and their kinds: `text`, `integer`, `number`, `boolean` or `other`.

    A CSV holds text. Columns of another kind, such as lists, are copied as text.

    Raises:
        InputError: If the table cannot be read, or its column names are empty or doubled.
    """
    match _kind(path):
        case "csv":
            with _readable(path), path.open(newline="", encoding="utf-8-sig") as file:
                names = next(csv.reader(file, skipinitialspace=True), [])
            if len(names) == 1 and (mark := next((mark for mark in ";\t|" if mark in names[0]), "")):
                raise InputError(
                    f"{path} starts with {names[0][:80]!r}; separate the columns with commas instead of {mark!r}"
                )
            if not names or not all(names) or len(set(names)) < len(names):
                raise InputError(
                    f"{path} starts with {','.join(names)[:80]!r}; the first line must contain the names of the "
                    "columns, each once"
                )
            return dict.fromkeys(names, "text")
        case "parquet":
            with _readable(path):
                schema = _parquet(path).schema_arrow
            if not all(schema.names) or len(set(schema.names)) < len(schema.names):
                raise InputError(f"{path} has the columns {', '.join(schema.names)}; give each a name of its own")
            return {field.name: arrow_kind(field.type) for field in schema}
        case _:
            table = _astropy(path)
            found = {name: table[name] for name in table.colnames}
            return {name: "other" if of.ndim > 1 else _numpy_kind(of.dtype) for name, of in found.items()}


def rows(path: Path) -> Iterator[dict[str, Value]]:
    """Yield each row as a dictionary of plain values.

    Raises:
        InputError: If the table is damaged, or a line of a CSV has another number of fields than its header.
    """
    match _kind(path):
        case "csv":
            with _readable(path), path.open(newline="", encoding="utf-8-sig") as file:
                reader = csv.reader(file, strict=True, skipinitialspace=True)
                header = next(reader)
                for line in reader:
                    if line and len(line) != len(header):
                        raise InputError(
                            f"{path}, line {reader.line_num}: the line has {counted(len(line), 'field')}, but the "
                            f"header has {len(header)}"
                        )
                    if line:
                        yield dict(zip(header, line, strict=True))
        case "parquet":
            with _readable(path):
                for batch in _parquet(path).iter_batches(batch_size=1024):
                    for row in batch.to_pylist():
                        yield {name: plain(value) for name, value in row.items()}
        case _:
            table = _astropy(path)
            for row in table:
                yield {name: plain(row[name]) for name in table.colnames}


def _kind(path: Path) -> str:
    ending = path.suffix.lower()
    return "csv" if ending == ".csv" else "parquet" if ending in PARQUET else "astropy"


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what CSV and Parquet readers raise into one `InputError`."""
    try:
        yield
    except InputError:
        raise
    except (OSError, ValueError, csv.Error) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{path} cannot be read as a table ({reason}); write it again") from None


def _parquet(path: Path) -> Any:
    try:
        from pyarrow import parquet
    except ImportError:
        raise InputError(
            "Parquet needs pyarrow, which is not installed: pip install 'galaxy-morphology-benchmark[survey]'"
        ) from None
    return parquet.ParquetFile(path)


def _numpy_kind(kind: np.dtype[Any]) -> str:
    return "other" if kind == np.uint64 else _KINDS.get(kind.kind, "text")


def arrow_kind(kind: Any) -> str:
    """Return the kind of a column of Arrow's type: `text`, `integer`, `number`, `boolean` or `other`."""
    from pyarrow import types

    if types.is_integer(kind):
        return "other" if types.is_uint64(kind) else "integer"  # outputs have no unsigned integers of 64 bits
    if types.is_floating(kind):
        return "number"
    if types.is_boolean(kind):
        return "boolean"
    if types.is_dictionary(kind):
        return arrow_kind(kind.value_type)
    text = types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind) or types.is_null(kind)
    return "text" if text else "other"


def _astropy(path: Path) -> Any:
    try:
        from astropy.table import Table
    except ImportError:
        raise InputError(
            f"{path.suffix} tables need astropy, which is not installed: pip install "
            "'galaxy-morphology-benchmark[astro]'"
        ) from None
    form = {".ecsv": "ascii.ecsv", ".fits": "fits", ".fit": "fits", ".gz": "fits", ".fz": "fits"}.get(
        path.suffix.lower(), "votable"
    )
    try:
        with warnings.catch_warnings(action="ignore"):
            table = Table.read(path, format=form)
    except Exception as error:  # noqa: BLE001 -- astropy raises anything for a damaged file
        raise InputError(
            f"{path} cannot be read as a table ({' '.join(str(error).split())[:120]}); write it again"
        ) from None
    return table


def plain(value: Any) -> Value:
    """Return a value of a table as a plain Python value; None where there is none, or where it is NaN."""
    if value is None or value is np.ma.masked or type(value).__name__ == "NAType":  # the last one is pandas' own
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace").strip()
    if isinstance(value, float) and math.isnan(value):
        return None
    return value if isinstance(value, str | int | float | bool) else str(value)
