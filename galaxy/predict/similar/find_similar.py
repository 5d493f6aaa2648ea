"""Finds the galaxies of a collection that look most like given ones, for a table and a contact sheet."""

import os
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from galaxy.atomic import atomic_path
from galaxy.data.disk import writable
from galaxy.errors import InputError
from galaxy.output_path import check_output
from galaxy.predict.options import Options
from galaxy.predict.row import Row
from galaxy.predict.sheets.contact_sheet import check_sheet, write_sheet
from galaxy.predict.similar.nearest import Nearest
from galaxy.predict.similar.nearest_sheet import nearest_sheet
from galaxy.predict.similar.nearest_table import nearest_columns, nearest_rows
from galaxy.predict.stream import Stream
from galaxy.predict.writers.by_ending import check_columns, form_of, write_table

MOST_QUERIES = 1000
"""Galaxies whose neighbours can be looked for at once; their neighbours' pictures are kept in memory."""


@dataclass(frozen=True)
class Found:
    """Numbers of galaxies.

    Attributes:
        queries: Galaxies whose neighbours were looked for.
        compared: Galaxies that were compared with them.
        unreadable: Galaxies that could not be read.
        skipped: What folders and archives contain besides pictures, by ending or kind.
    """

    queries: int
    compared: int
    unreadable: int
    skipped: Counter[str]


def find_similar(
    row: Row,
    wanted: Sequence[Path],
    among: Sequence[Path],
    output: Path,
    *,
    sheet: Path | None = None,
    count: int = 20,
    options: Options | None = None,
    overwrite: bool = False,
    workers: int = 2,
) -> Found:
    """Write the nearest galaxies of a collection in the feature space of a row, for each of some galaxies.

    Every galaxy of the collection is compared (no approximation), in one pass and in bounded memory.

    Args:
        row: The row; features are the input of its last layer.
        wanted: The galaxies whose neighbours are looked for, in inputs of any kind that `galaxy predict` reads.
        among: The collection, in inputs of any kind that `galaxy predict` reads.
        output: The table, whose form is chosen by its ending.
        sheet: A contact sheet, `.html` or `.png`; None writes none.
        count: Number of neighbours of each galaxy.
        options: How pictures are read and prepared.
        overwrite: Whether existing outputs may be replaced.
        workers: Number of reading threads.

    Returns:
        The numbers of galaxies.

    Raises:
        InputError: If an input or output cannot be used, or one of the wanted galaxies cannot be read.
    """
    options = options or Options()
    options.check(row.description)
    form = form_of(output)
    if sheet is not None:
        check_sheet(sheet)
        if os.path.realpath(sheet) == os.path.realpath(output):
            raise InputError(f"{sheet} was given for both the table and the sheet; give two different names")
    with ExitStack() as stack:
        mine, others = options.open(wanted, stack=stack), options.open(among, stack=stack)
        further, columns = others.further, nearest_columns(others.further)
        check_columns(output, columns)
        read = [*row.files, *wanted, *among, *chain(mine.files(), others.files())]
        for path in (output, sheet):
            if path is not None:
                check_output(path, inputs=read, overwrite=overwrite)
        queries, features = [], []
        asked = Stream(row, mine, options, workers=workers, title="read")
        for batch in asked:
            queries += batch.pictures
            features.append(batch.features)
            if len(queries) > MOST_QUERIES:
                raise InputError(f"more than {MOST_QUERIES} galaxies are given; look for the neighbours of fewer")
        if asked.unreadable:
            raise InputError(f"{asked.reason}; give a picture that can be read")
        if not queries:
            raise InputError(f"{wanted[0]} contains no picture; give one")
        nearest = Nearest(np.concatenate(features), count=count)
        compared = Stream(row, others, options, workers=workers, title="compare")
        for batch in compared:
            nearest.add(batch)
        if not compared.seen:
            raise InputError(f"{among[0]} contains no picture that can be used{_because(compared.reason)}")
        found = nearest.found()
        with writable(output), atomic_path(output.resolve()) as temporary:
            rows = nearest_rows(queries, found, row.description.classes, list(further))
            write_table(temporary, form, columns, [rows])
        if sheet is not None:
            with writable(sheet):
                write_sheet(sheet.resolve(), nearest_sheet(row.description, queries, found, compared.seen))
    return Found(len(queries), compared.seen, compared.unreadable, mine.skipped + others.skipped)


def _because(reason: str) -> str:
    return f" ({reason})" if reason else ""
