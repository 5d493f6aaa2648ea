"""Reads tables that name pictures: a column of paths, and further columns that are copied to the output."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from galaxy.errors import InputError
from galaxy.predict.picture import CHUNK, Chunk, file_identity, file_states, id_digest
from galaxy.predict.readers import table_rows
from galaxy.predict.readers.fits_cutout import FitsOptions
from galaxy.predict.readers.named_pictures import NamedPictures


class Table:
    """The pictures that a table names, in the table's order; relative paths count from the table's folder.

    Args:
        path: CSV, Parquet, FITS, VOTable or ECSV.
        options: How FITS cut-outs are turned into colour.
        path_column: Name of the column of paths; None looks for a usual one.

    Attributes:
        path: The table.
        name: What messages call it.
        ids: Digests of the ids, 64 bits each, sorted.

    Raises:
        InputError: If the table cannot be read, has no column of paths, or a row without an id or with that of another.
    """

    skipped: Counter[str] = Counter()  # noqa: RUF012 -- a protocol's attribute, never changed
    distributable = True

    def __init__(self, path: Path, options: FitsOptions, *, path_column: str | None = None) -> None:
        self.path, self.name = path, str(path)
        columns, folder = table_rows.columns(path), path.absolute().parent
        self._named = NamedPictures(columns, folder, options, path_column=path_column, where=str(path))
        self.further = self._named.further
        self.count: int | None = self._check_ids()

    def _check_ids(self) -> int:
        """Count the rows, and check that each has an id of its own, in 8 bytes of memory a row.

        Where paths are the ids, a row without a path needs none.
        """
        digests = np.empty(1 << 12, dtype=np.uint64)
        count, named, column = 0, 0, self._named.id_column
        for row in table_rows.rows(self.path):
            count += 1
            name = self._named.name(row)
            if not name and column == self._named.path_column:
                continue
            if not name:
                raise InputError(f"{self.path}: column {column!r} is empty in row {count}; give each galaxy an id")
            if named == len(digests):
                digests = np.concatenate([digests, np.empty_like(digests)])
            digests[named] = id_digest(name)
            named += 1
        if count == 0:
            raise InputError(f"{self.path} has no rows; give a table with one row for each picture")
        self.ids = np.unique(digests[:named])
        if len(self.ids) < named:
            twice = f"column {column!r} names {named - len(self.ids)} of {count} galaxies again"
            raise InputError(f"{self.path}: {twice}; give each an id of its own, or leave such rows out")
        return count

    def files(self) -> Iterator[Path]:
        """Return the table, and the pictures that it names."""
        yield self.path
        for row in table_rows.rows(self.path):
            yield from self._named.paths(row)

    def identity(self) -> object:
        """Return name, size and time of the table."""
        return file_identity(self.path)

    def states(self) -> Iterator[list[int]]:
        """Yield sizes and times of the files that each row names."""
        for row in table_rows.rows(self.path):
            yield file_states(self._named.paths(row))

    def chunks(self, skip: int) -> Iterator[Chunk]:
        """Yield chunks of the rows from number `skip` on."""
        rows = islice(table_rows.rows(self.path), skip, None)
        while some := list(islice(rows, CHUNK)):
            yield partial(self._named.read, some)
