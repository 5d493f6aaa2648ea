"""Any number of pictures in, one table of classes out: streamed, in bounded memory, resumed after a kill."""

import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from itertools import chain, islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.atomic import atomic_path
from galaxy.data.disk import writable
from galaxy.errors import InputError
from galaxy.output_path import STANDARD_OUTPUT, check_output
from galaxy.predict.columns import columns, row_values
from galaxy.predict.conformal import threshold
from galaxy.predict.options import Options
from galaxy.predict.parts import ROWS, Parts
from galaxy.predict.picture import Picture, Value
from galaxy.predict.read_ahead import read_ahead
from galaxy.predict.readers.open_inputs import Inputs
from galaxy.predict.reference import Reference
from galaxy.predict.row import Row
from galaxy.predict.trained_row import BATCH
from galaxy.predict.unlike import Unlike
from galaxy.predict.writers.by_ending import form_of, write_table
from galaxy.predict.writers.csv_table import write_csv


@dataclass
class Summary:
    """Numbers of pictures that were classified, that could not be, and that did not tell their pixel scale."""

    classified: int = 0
    unreadable: int = 0
    unknown_scale: int = 0


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
) -> Summary:
    """Classify pictures and write one row for each.

    Args:
        row: The networks.
        paths: Pictures, folders, HDF5 files, FITS cut-outs, archives and tables.
        output: The table, whose form is chosen by its ending; `-` prints a CSV to standard output.
        options: How pictures are read and classified.
        reference: Validation galaxies, for the columns `set` and `unlike`; None leaves these empty.
        overwrite: Whether an existing output may be replaced.
        workers: Number of reading threads.
        also_read: Files that were read before, which the output must not replace.

    Returns:
        How many pictures were classified, and how many could not be.

    Raises:
        InputError: If an input or the output cannot be used, or all pictures are grey where the weights that the
            training began with expect colour. A single picture that cannot be used becomes a row with the reason.
    """
    options = options or Options()
    options.check(row.description)
    with ExitStack() as stack:
        target = None if output == STANDARD_OUTPUT else check_output(output, inputs=paths, overwrite=overwrite)
        form = "csv" if target is None else form_of(output)
        inputs = options.open(paths, stack=stack)
        if target is None:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "standard-output.csv"
        else:
            home = check_output(output, inputs=chain(row.files, also_read, inputs.files()), overwrite=overwrite)
        identity = [row.description.files, row.seeds, str(row.device), _plain(options), inputs.identity()]
        identity += [reference is not None]
        with writable(output), Parts(home, identity) as parts:
            unknown = _fill(parts, row, inputs, options, reference, workers)
            summary = _summarise(parts, row)
            summary.unknown_scale = unknown
            header = columns(row.description.classes, inputs.further)
            if target is None:
                write_csv(sys.stdout, header, parts)
            else:
                with atomic_path(target) as temporary:
                    write_table(temporary, form, header, parts)
    return summary


def _fill(parts: Parts, row: Row, inputs: Inputs, options: Options, reference: Reference | None, workers: int) -> int:
    """Classify all pictures that the finished parts do not hold yet; count those without a pixel scale."""
    done = parts.finished
    prepare = options.preparation(row.description)
    least = unlike = None
    if reference is not None:
        least = threshold(reference.probability, reference.label, coverage=options.coverage)
        unlike = Unlike(reference.features)
    pictures = read_ahead(inputs.chunks(done), prepare, workers=workers)
    with tqdm(total=inputs.count, initial=done, desc="predict", unit="galaxy", disable=None, file=sys.stderr) as bar:
        rows: list[list[Value]] = []
        unknown = 0
        for batch in _batches(pictures):
            rows += _classify(row, batch, options, least, unlike, list(inputs.further))
            unknown += sum(picture.image is not None and np.isnan(picture.pixel_scale) for picture in batch)
            bar.update(len(batch))
            if len(rows) == ROWS:
                parts.add(rows)
                rows = []
        if rows:
            parts.add(rows)
    return unknown


def _batches(pictures: Iterable[Picture]) -> Iterator[list[Picture]]:
    stream = iter(pictures)
    while batch := list(islice(stream, BATCH)):
        yield batch


def _classify(
    row: Row,
    batch: list[Picture],
    options: Options,
    least: float | None,
    unlike: Unlike | None,
    further: list[str],
) -> list[list[Value]]:
    images = [picture.image for picture in batch if picture.image is not None]
    found: Iterator[tuple[NDArray[np.float64], float | None]] = iter(())  # of readable pictures, in order
    if images:
        probability, features = row.classify(np.stack(images), symmetries=options.symmetries)
        distance = [None] * len(images) if unlike is None else unlike(features).tolist()
        found = zip(probability, distance, strict=True)
    rows = []
    for picture in batch:
        one, away = next(found) if picture.image is not None else (None, None)
        rows.append(row_values(picture, one, away, classes=row.description.classes, further=further, least=least))
    return rows


def _summarise(parts: Parts, row: Row) -> Summary:
    """Count rows, and refuse a run of grey pictures alone where colour is expected."""
    header = [column.name for column in columns(row.description.classes, {})]
    reason, checks = header.index("reason"), header.index("checks")
    summary, coloured = Summary(), row.description.weights == "random"
    for rows in parts:
        for values in rows:
            if values[reason]:
                summary.unreadable += 1
                continue
            summary.classified += 1
            coloured = coloured or "grey" not in str(values[checks]).split("|")
    if summary.classified and not coloured:
        raise InputError(f"all pictures are grey, and the weights of {row.description.row} expect colour")
    return summary


def _plain(options: Options) -> dict[str, object]:
    return {name: repr(value) for name, value in asdict(options).items()}
