"""Tables that name pictures: a column of paths, and further columns that come along into the output."""

from collections.abc import Iterator, Mapping
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from galaxy.digest import value_sha256
from galaxy.errors import InputError
from galaxy.predict.picture import CHUNK, Chunk, Picture, Value, file_identity
from galaxy.predict.readers import table_rows
from galaxy.predict.readers.files import read_picture
from galaxy.predict.readers.fits_cutout import FitsOptions

PATHS = ("path", "file", "filename", "file_loc", "file_location", "filepath", "image", "image_path", "png_loc", "url")
"""Column names that are taken for the column of paths, the first that is there."""

PIXEL_SCALE = ("pxscale", "pixel_scale", "pixscale")
IDS = ("id", "id_str", "objid", "dr8_id", "iauname", "name")
RESERVED = ("id", "predicted", "confidence", "entropy", "set", "unlike", "checks", "ra", "dec", "viewer", "reason")


class Table:
    """The pictures that a table names, in the table's order; relative paths count from the table's folder.

    Args:
        path: CSV, Parquet, FITS, VOTable or ECSV.
        options: How FITS cut-outs are turned into colour.
        path_column: Name of the column of paths; None looks for one of `PATHS`.

    Raises:
        InputError: If the table cannot be read, has no column of paths, or an id twice.
    """

    distributable = True

    def __init__(self, path: Path, options: FitsOptions, *, path_column: str | None = None) -> None:
        self.path = path
        self._folder = path.absolute().parent
        self._options = options
        columns = table_rows.columns(path)
        self._paths = self._find(columns, (path_column,) if path_column else PATHS)
        if self._paths is None:
            wanted = repr(path_column) if path_column else f"of paths ({', '.join(PATHS)})"
            raise InputError(f"{path} has no column {wanted}; it has {', '.join(columns)}: name it by --path-column")
        self._id = self._find(columns, IDS)
        self._scale = self._find(columns, PIXEL_SCALE)
        self._ra, self._dec = self._find(columns, ("ra",)), self._find(columns, ("dec",))
        used = {self._paths, self._id, self._scale, self._ra, self._dec}
        self._columns = {name: name if name not in RESERVED else f"{name}_in_table" for name in columns}
        self._columns = {name: shown for name, shown in self._columns.items() if name not in used}
        self.further = {shown: columns[name] for name, shown in self._columns.items()}
        self.count: int | None = self._check_ids()

    @staticmethod
    def _find(columns: Mapping[str, str], names: tuple[str, ...]) -> str | None:
        small = {name.lower(): name for name in reversed(list(columns))}
        return next((small[name.lower()] for name in names if name.lower() in small), None)

    def _check_ids(self) -> int:
        """Count the rows, and check that no id is there twice, by 8 bytes a row."""
        digests = np.empty(1 << 12, dtype=np.uint64)
        count = 0
        for row in table_rows.rows(self.path):
            if count == len(digests):
                digests = np.concatenate([digests, np.empty_like(digests)])
            digests[count] = int(value_sha256(self._name(row))[:16], 16)
            count += 1
        if count == 0:
            raise InputError(f"{self.path} has no rows; a table with one row for each picture is needed")
        different = len(np.unique(digests[:count]))
        if different < count:
            column = self._id or self._paths
            raise InputError(f"{self.path}: column {column!r} names {count - different} galaxies more than once")
        return count

    def _name(self, row: Mapping[str, Value]) -> str:
        value = row[self._id or str(self._paths)]
        return str(int(value) if isinstance(value, float) and value.is_integer() else value)

    def files(self) -> Iterator[Path]:
        """The table, and the pictures that it names."""
        yield self.path
        for row in table_rows.rows(self.path):
            yield self.path.parent / str(row[str(self._paths)])

    def identity(self) -> object:
        """Name, size and time of the table."""
        return file_identity(self.path)

    def chunks(self, skip: int) -> Iterator[Chunk]:
        """Yield chunks of the rows from number `skip` on."""
        rows = islice(table_rows.rows(self.path), skip, None)
        while some := list(islice(rows, CHUNK)):
            yield partial(self._read, some)

    def _read(self, rows: list[dict[str, Value]]) -> Iterator[Picture]:
        for row in rows:
            picture = Picture(
                self._name(row),
                ra=_number(row.get(self._ra or "")),
                dec=_number(row.get(self._dec or "")),
                pixel_scale=_number(row.get(self._scale or "")),
                further={shown: row[name] for name, shown in self._columns.items()},
            )
            text = row[str(self._paths)]
            if not text:
                picture.reason = "no path in the table"
                yield picture
                continue
            yield read_picture(picture, (self._folder / str(text),), self._options)


def _number(value: Any) -> float:
    try:
        return float("nan") if value is None else float(value)
    except ValueError:
        return float("nan")
