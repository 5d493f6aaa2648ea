"""Classifies any number of pictures into one table, in bounded memory; a killed run resumes."""

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from pathlib import Path

from tqdm import tqdm

from galaxy.atomic import atomic_path
from galaxy.data.disk import writable
from galaxy.errors import InputError
from galaxy.output_path import STANDARD_OUTPUT, check_output
from galaxy.predict.columns import SEPARATOR, Column, columns
from galaxy.predict.embeddings_table import EmbeddingsTable, WithoutFeatures
from galaxy.predict.options import Options
from galaxy.predict.parts import ROWS, Parts
from galaxy.predict.picture import Chunk, Value
from galaxy.predict.reference import Reference
from galaxy.predict.row import Row
from galaxy.predict.row_maker import Block, RowMaker
from galaxy.predict.writers.by_ending import check_columns, check_width, form_of, write_table
from galaxy.predict.writers.csv_table import write_csv

Cluster = Callable[[Iterator[Chunk], list[str]], Iterator[Block]]
"""Classifies chunks elsewhere, given them and the names of the further columns; yields their rows in their order."""


@dataclass
class Summary:
    """Numbers of pictures.

    Attributes:
        classified: Pictures that were classified.
        unreadable: Pictures that could not be.
        unknown_scale: Pictures whose pixel scale is unknown, of those that this run has read.
        changed: Rows of an earlier run that were made again, because pictures have changed since.
        skipped: What folders and archives contain besides pictures, by ending or kind.
    """

    classified: int = 0
    unreadable: int = 0
    unknown_scale: int = 0
    changed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def classify_inputs(
    row: Row,
    paths: Sequence[Path],
    output: Path,
    *,
    options: Options | None = None,
    reference: Reference | None = None,
    overwrite: bool = False,
    workers: int = 2,
    also_read: Sequence[Path] = (),
    embeddings: Path | None = None,
    cluster: Cluster | None = None,
) -> Summary:
    """Classify pictures and write one row for each.

    Args:
        row: The row that classifies.
        paths: Pictures, folders, HDF5 files, FITS cut-outs, archives and tables.
        output: Path of the table; its ending chooses the format, and `-` prints a CSV to standard output.
        options: How pictures are read and classified.
        reference: Validation galaxies, for the columns `set` and `unlike`; None leaves these empty.
        overwrite: Whether an existing output may be replaced.
        workers: Number of reading threads.
        also_read: Files that were read before, which the output must not replace.
        embeddings: Path of a second table with the id and the features of each classified picture; None writes none.
        cluster: Classifies chunks in other processes or on other machines; None classifies in this process.

    Returns:
        The number of pictures that were classified, and the number that could not be.

    Raises:
        InputError: If an input or the output cannot be used, or if all pictures are grey and the pretrained weights
            expect colour. A single picture that cannot be used becomes a row with the reason.
    """
    options = replace(options or Options(), embeddings=embeddings is not None)
    options.check(row.description)
    embeddings_form = None if embeddings is None else form_of(embeddings)
    if embeddings is not None and os.path.realpath(embeddings) == os.path.realpath(output):
        raise InputError(f"{embeddings} was given for both the output and the embeddings; give two different names")
    with ExitStack() as stack:
        target = None
        if output != STANDARD_OUTPUT:
            remedy = "give the name of a regular file, or - for standard output"
            target = check_output(output, inputs=paths, overwrite=overwrite, remedy=remedy)
        form = "csv" if target is None else form_of(output)
        inputs = options.open(paths, stack=stack)
        header = columns(row.description.classes, inputs.further, top_k=options.top_k)
        if target is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "standard-output.csv"
        else:
            check_columns(output, header)
            home = check_output(output, inputs=chain(row.files, also_read, inputs.files()), overwrite=overwrite)
        if embeddings is not None:
            check_output(embeddings, inputs=chain(row.files, also_read, paths, inputs.files()), overwrite=overwrite)
        identity = [row.description.files, row.seeds, str(row.device), row.batch_size, _plain(options)]
        identity += [inputs.identity(), reference is not None, cluster is not None]
        if cluster is not None and not inputs.distributable:
            raise InputError(
                "workers read pictures by their paths, so --dask takes tables, folders and pictures; unpack "
                "archives and HDF5 files, or run without --dask"
            )
        with writable(home if target is None else output), Parts(home, identity) as parts:
            changed = parts.keep(inputs.states())
            chunks, further = inputs.chunks(parts.finished), list(inputs.further)
            if cluster is None:
                blocks = RowMaker(row, options, reference, further).blocks(chunks, workers=workers)
            else:
                blocks = cluster(chunks, further)
            if embeddings is not None:
                blocks = _narrow_enough(blocks, embeddings, columns=len(header))
            unknown = _fill(parts, blocks, total=inputs.count)
            summary = _summarise(parts, row, options.top_k)
            summary.unknown_scale, summary.changed, summary.skipped = unknown, changed, inputs.skipped
            if embeddings is not None and embeddings_form is not None:
                table = EmbeddingsTable(parts, len(header))
                check_width(embeddings, len(table.columns))  # an earlier run may have computed all features
                with writable(embeddings), atomic_path(embeddings.resolve()) as temporary:
                    write_table(temporary, embeddings_form, table.columns, table)
            rows = parts if embeddings is None else WithoutFeatures(parts, len(header))
            if target is None:
                _print(header, rows)
            else:
                with atomic_path(target) as temporary:
                    write_table(temporary, form, header, rows)
    return summary


def _print(header: Sequence[Column], rows: Iterable[list[list[Value]]]) -> None:
    try:
        write_csv(sys.stdout, header, rows)
        sys.stdout.flush()
    except BrokenPipeError:  # the program that reads the output has stopped reading
        raise
    except OSError as error:
        raise InputError(
            f"standard output cannot be written ({error.strerror}), and what it has is incomplete; give the name of a "
            "file"
        ) from None


def _narrow_enough(blocks: Iterable[Block], embeddings: Path, *, columns: int) -> Iterator[Block]:
    """Pass blocks on; the first features show whether their table can have so many columns."""
    checked = False
    for block in blocks:
        widest = max((len(values) for values in block.rows), default=0)
        if not checked and widest > columns:
            check_width(embeddings, 1 + widest - columns)
            checked = True
        yield block


def _fill(parts: Parts, blocks: Iterable[Block], *, total: int | None) -> int:
    """Write the rows of all pictures that the finished parts do not hold yet; count those without a pixel scale."""
    done = parts.finished
    with tqdm(total=total, initial=done, desc="predict", unit="galaxy", disable=None, file=sys.stderr) as bar:
        rows: list[list[Value]] = []
        states: list[list[int]] = []
        unknown = 0
        for block in blocks:
            rows += block.rows
            states += block.states
            unknown += block.unknown_scale
            bar.update(len(block.rows))
            while len(rows) >= ROWS:
                parts.add(rows[:ROWS], states[:ROWS])
                rows, states = rows[ROWS:], states[ROWS:]
        if rows:
            parts.add(rows, states)
    return unknown


def _summarise(parts: Parts, row: Row, top_k: int) -> Summary:
    """Count rows, and refuse a run of grey pictures alone where colour is expected."""
    header = [column.name for column in columns(row.description.classes, {}, top_k=top_k)]
    reason, checks = header.index("reason"), header.index("checks")
    summary, coloured = Summary(), row.description.weights == "random"
    for rows in parts:
        for values in rows:
            if values[reason]:
                summary.unreadable += 1
                continue
            summary.classified += 1
            coloured = coloured or "grey" not in str(values[checks]).split(SEPARATOR)
    if summary.classified and not coloured:
        raise InputError(
            f"all pictures are grey, and the weights of {row.description.row} expect colour; give pictures in colour, "
            "or take a row that was trained on grey ones from random weights"
        )
    return summary


def _plain(options: Options) -> dict[str, object]:
    return {name: repr(value) for name, value in asdict(options).items()}
