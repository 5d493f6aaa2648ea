"""Classifies a catalogue in HATS partition by partition through lsdb, and writes another catalogue in HATS.

HATS divides a catalogue into Parquet files by position on the sky, see https://hats.readthedocs.io.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from galaxy.digest import value_sha256
from galaxy.errors import InputError
from galaxy.locked_folder import remove_folder
from galaxy.output_path import refuse_inputs, refuse_system_folders
from galaxy.predict.classify import Summary
from galaxy.predict.columns import Column, columns
from galaxy.predict.dask_cluster import Job, make_rows
from galaxy.predict.parts import lock_parts, parts_folder
from galaxy.predict.picture import CHUNK, Value, file_identity
from galaxy.predict.readers.named_pictures import NamedPictures
from galaxy.predict.readers.table_rows import arrow_kind, plain

ENDING = ".hats"
"""Ending of the folder of a catalogue that is written."""

_MARKS = ("hats.properties", "properties")
"""A folder that contains a folder `dataset` and one of these files is a catalogue."""
_OF_THE_CATALOGUE = ("id", "ra", "dec")
"""Columns that are not added to a catalogue, because it has them under its own names."""


def is_catalogue(path: Path) -> bool:
    """Return whether a folder is a catalogue in HATS."""
    if (path / "collection.properties").is_file():  # a catalogue with its margins and indices
        return True
    return (path / "dataset").is_dir() and any((path / name).is_file() for name in _MARKS)


def check_catalogue_output(source: Path, output: Path, *, overwrite: bool) -> None:
    """Check the folder that will hold the classified catalogue.

    Raises:
        InputError: If its name does not end in `.hats`, if it is the catalogue that is read, contains it or lies in it,
            or if it exists and is not a catalogue or must not be overwritten.
    """
    if output.suffix != ENDING:
        raise InputError(
            f"{source} is a catalogue in HATS, which is classified into one; give an output that ends in {ENDING}"
        )
    refuse_system_folders(output, remedy="give a folder elsewhere")
    refuse_inputs(output, [source])
    if Path(os.path.realpath(output)).is_relative_to(os.path.realpath(source)):
        raise InputError(f"{output} lies in the catalogue {source}; give a place outside of it")
    if not output.exists() and not output.is_symlink():
        return
    if not is_catalogue(output):
        raise InputError(f"{output} exists and is not a catalogue in HATS; give another name")
    if not overwrite:
        raise InputError(f"{output} exists already; give another name, or add --overwrite to replace it")


def classify_catalogue(
    source: Path, output: Path, *, job: Job, classes: Sequence[str], identity: object, overwrite: bool = False
) -> Summary:
    """Classify the pictures that a catalogue lists, and add the columns of the classification to its own.

    A killed run resumes with the partitions that are not written yet, unless the catalogue has changed since. If there
    is a current Dask client, its workers compute the partitions; otherwise this process computes one after the other.

    Args:
        source: Folder of the catalogue; relative paths of pictures count from it.
        output: Folder of the classified catalogue, `.hats`.
        job: How pictures are read and classified.
        classes: Names of the classes.
        identity: JSON values that determine the rows; partitions that were written with another identity are removed.
        overwrite: Whether a catalogue at `output` may be replaced.

    Returns:
        The number of pictures that were classified, and the number that could not be.

    Raises:
        InputError: If lsdb is not installed, the catalogue cannot be read, has no column of paths, or has a column of
            the output already, or the output cannot be used or is being written by another run.
    """
    try:
        import dask
        import lsdb
    except ImportError:
        raise InputError(
            "catalogues in HATS need lsdb, which is not installed: pip install 'galaxy-morphology-benchmark[hats]'"
        ) from None
    check_catalogue_output(source, output, overwrite=overwrite)
    try:
        catalogue = lsdb.open_catalog(str(source.absolute()), columns="all")
        kinds = {name: arrow_kind(kind.pyarrow_dtype) for name, kind in catalogue.dtypes.items()}
    except Exception as error:  # noqa: BLE001 -- lsdb raises anything for a damaged catalogue
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{source} cannot be read as a catalogue in HATS ({reason})") from None
    options = job.options
    named = NamedPictures(kinds, source.absolute(), options.fits, path_column=options.path_column, where=str(source))
    added = [column for column in columns(classes, {}, top_k=options.top_k) if column.name not in _OF_THE_CATALOGUE]
    if taken := [column.name for column in added if column.name in kinds]:
        raise InputError(f"{source} has the column {taken[0]!r}, which the output adds; rename it in the catalogue")
    classify = partial(_classify_partition, job=job, named=named, classes=tuple(classes))
    target = Path(os.path.realpath(output))  # a link stays, and the catalogue that it names is replaced
    digest = value_sha256([identity, str(source.absolute()), [file_identity(path) for path in _partitions(source)]])
    folder = parts_folder(target)
    unfinished = folder / digest[:12]
    how: dict[str, Any] = {} if _has_client() else {"scheduler": "synchronous"}
    with _in_one_line(source, output), lock_parts(folder, output) as lock, dask.config.set(how):
        check_catalogue_output(source, output, overwrite=overwrite)  # another run may have written it in the meantime
        for other in folder.iterdir():
            if other.is_dir() and other != unfinished:  # left by a run with other settings
                shutil.rmtree(other)
        found = catalogue.map_partitions(classify, meta=classify(catalogue.meta))
        written: dict[str, Any] = {"as_collection": False, "resume": True, "progress_bar": False}
        found.write_catalog(str(unfinished), catalog_name=target.stem, **written)
        if target.exists():
            shutil.rmtree(target)
        unfinished.rename(target)
        remove_folder(folder, lock)
    return _count(target)


@contextmanager
def _in_one_line(source: Path, output: Path) -> Iterator[None]:
    """Turn the errors of a damaged partition, or of a full disk, into one `InputError`."""
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:400]
        raise InputError(
            f"{source} cannot be classified into {output} ({reason}); correct that and run again"
        ) from None


def _partitions(source: Path) -> list[Path]:
    """Return the files of all partitions, which in a collection lie one folder deeper than in a catalogue."""
    files = "dataset/Norder=*/**/*.parquet"
    return sorted([*source.glob(files), *source.glob(f"*/{files}")])


def _has_client() -> bool:
    from distributed import get_client

    try:
        get_client()
    except ValueError:
        return False
    return True


def _classify_partition(frame: Any, *, job: Job, named: NamedPictures, classes: tuple[str, ...]) -> Any:
    """Add the columns of the classification to one partition; it may run in another process."""
    import pandas as pd

    rows: list[dict[str, Value]] = [
        {name: plain(value) for name, value in row.items()} for row in frame.to_dict(orient="records")
    ]
    own = columns(classes, {}, top_k=job.options.top_k)
    values: list[list[Value]] = []
    if rows:
        chunks: list[Callable[[], Any]] = [
            partial(named.read, rows[first : first + CHUNK]) for first in range(0, len(rows), CHUNK)
        ]
        values = make_rows(job, (), chunks).rows
    result = frame.copy()
    for number, column in enumerate(own):
        if column.name not in _OF_THE_CATALOGUE:
            content = [row[number] for row in values]
            result[column.name] = pd.Series(content, index=frame.index, dtype=_arrow_type(column))
    return result


def _arrow_type(column: Column) -> Any:
    import pandas as pd
    import pyarrow as pa

    kinds = {"text": pa.large_string(), "integer": pa.int64(), "number": pa.float64(), "single": pa.float32()}
    return pd.ArrowDtype(kinds[column.kind])


def _count(catalogue: Path) -> Summary:
    from pyarrow import parquet

    summary = Summary()
    for path in _partitions(catalogue):
        reasons = parquet.ParquetFile(path).read(columns=["reason"])["reason"].to_pylist()
        summary.unreadable += sum(bool(reason) for reason in reasons)
        summary.classified += sum(not reason for reason in reasons)
    return summary
