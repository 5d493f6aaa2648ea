"""Reads any number of inputs of any kind, one after the other."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import combinations, islice
from pathlib import Path

import numpy as np

from galaxy.counted import counted
from galaxy.errors import InputError
from galaxy.predict.columns import free_name
from galaxy.predict.picture import Chunk, Source
from galaxy.predict.readers import decode, files, fits_cutout, table_rows
from galaxy.predict.readers.archive import Archive, is_archive
from galaxy.predict.readers.files import Files, folder_source, group_bands
from galaxy.predict.readers.fits_cutout import FitsOptions
from galaxy.predict.readers.hdf5 import Hdf5
from galaxy.predict.readers.named_pictures import RESERVED
from galaxy.predict.readers.table import Table
from galaxy.stand_in import stand_in

HDF5 = (".h5", ".hdf5", ".hdf")
_SIGNATURE = b"\x89HDF"


class Inputs:
    """Several sources as one.

    Args:
        sources: At least one.
    """

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources
        counts = [source.count for source in sources]
        self.count = None if None in counts else sum(count for count in counts if count is not None)
        self.distributable = all(source.distributable for source in sources)
        self.further = {name: kind for source in sources for name, kind in source.further.items()}

    @property
    def skipped(self) -> Counter[str]:
        """Return the numbers of files that are not pictures, by ending or kind; of a tar those read so far."""
        return sum((source.skipped for source in self._sources), Counter())

    def column(self, name: str) -> str | None:
        """Return the name in `further` of a table's column; None if there is none.

        Where no column is written exactly so, the first that differs only in the case of its letters is taken. Names
        that the output's own columns have got a suffix in `further`.
        """
        exact = {further: further for further in self.further}
        in_any_case = {further.lower(): further for further in reversed(list(self.further))}
        for there, wanted in ((exact, name), (in_any_case, name.lower())):
            for shown in (wanted, free_name(wanted, RESERVED, ())):
                if shown in there:
                    return there[shown]
        return None

    def files(self) -> Iterator[Path]:
        """Return all files of all sources."""
        for source in self._sources:
            yield from source.files()

    def identity(self) -> object:
        """Return the identity of each source."""
        return [source.identity() for source in self._sources]

    def states(self) -> Iterator[list[int]]:
        """Yield the states of all pictures of all sources."""
        for source in self._sources:
            yield from islice(source.states(), source.count)

    def chunks(self, skip: int) -> Iterator[Chunk]:
        """Yield chunks of all sources, from number `skip` of all pictures on."""
        for source in self._sources:
            if source.count is not None and skip >= source.count:
                skip -= source.count
                continue
            yield from source.chunks(skip)
            if source.count is None and skip:
                return
            skip = 0


def open_inputs(
    paths: Sequence[Path], *, stack: ExitStack, options: FitsOptions | None = None, path_column: str | None = None
) -> Inputs:
    """Open pictures, folders, HDF5 files, FITS cut-outs, archives and tables.

    Single pictures are named by their path as given, those of a folder by their path in it, those of an archive by
    their name in it, with the folder's or archive's path before them if there are several inputs. Single pictures come
    last, sorted by path.

    Args:
        paths: The inputs.
        stack: Closes what is opened.
        options: How FITS cut-outs are turned into colour.
        path_column: Name of a table's column of paths; None looks for a usual one.

    Returns:
        All inputs as one.

    Raises:
        InputError: If an input does not exist, is of no known kind, cannot be read or is given twice, if two inputs
            have an id in common, or if a tar archive is not the only input.
    """
    options = options or FitsOptions()
    sources: list[Source] = []
    single: list[str] = []
    seen: set[Path] = set()
    for path in paths:
        place = Path(os.path.realpath(path))  # resolve() raises RuntimeError for a link that leads to itself
        if place in seen:
            raise InputError(f"{path} is given twice; give each input once")
        seen.add(place)
        if _is_single(path):
            single.append(str(path))
            continue
        prefix = f"{path}/" if len(paths) > 1 else ""
        sources.append(_open(path, prefix, stack=stack, options=options, path_column=path_column))
    if single:
        name = single[0] if len(single) == 1 else f"the {len(single)} single files"
        sources.append(Files(group_bands(single, Path(), options.bands), options, name=name))
    if sum(isinstance(source, Archive) and source.count is None for source in sources) and len(sources) > 1:
        raise InputError("a tar archive has to be the only input; give the others in a run of their own")
    _check_ids(sources)
    return Inputs(sources)


def _check_ids(sources: Sequence[Source]) -> None:
    """Check that no two inputs have an id in common; the ids of an archive begin with its own path.

    Raises:
        InputError: If two inputs have.
    """
    named = [source for source in sources if isinstance(source, Table | Files | Hdf5)]
    if len(named) < 2:
        return
    ids = [(source.name, source.ids) for source in named]
    for (one, its_ids), (other, other_ids) in combinations(ids, 2):
        if common := len(np.intersect1d(its_ids, other_ids, assume_unique=True)):
            raise InputError(
                f"{one} and {other} have {counted(common, 'id')} in common; give each picture once and each galaxy an "
                "id of its own, or each input a run of its own"
            )


def _is_single(path: Path) -> bool:
    ending = files.ending(path)
    if not path.is_file() or ending not in files.ENDINGS:
        return False
    return ending in decode.ENDINGS or not _holds_table(path)


def _holds_table(path: Path) -> bool:
    """Return whether a FITS file holds a table, and not the table that a survey puts behind the images of one band."""
    fits = fits_cutout.fits_module()
    try:
        with fits.open(path) as file:
            images = [hdu.header.get("NAXIS", 0) for hdu in file if hdu.is_image]
            planes = sum(1 if axes == 2 else 3 if axes > 2 else 0 for axes in images)
            of_images = planes > 0 and file[1].is_image
            return planes < 3 and not of_images and any(not hdu.is_image for hdu in file)
    except Exception:  # noqa: BLE001 -- a damaged file becomes a row with the reason
        return False


def _open(path: Path, prefix: str, *, stack: ExitStack, options: FitsOptions, path_column: str | None) -> Source:
    if path.is_dir():
        return folder_source(path, options, prefix=prefix)
    if not path.exists():
        raise InputError(f"{path} cannot be read (No such file or directory); give files or folders that exist")
    if not path.is_file():
        raise InputError(f"{path} is neither a file nor a folder; give the names of files or folders")
    try:
        with path.open("rb") as file:
            start = file.read(200)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); make it readable") from None
    binary_or_csv = is_archive(path) or path.suffix.lower() in (*HDF5, ".csv", *table_rows.PARQUET)
    if binary_or_csv and (other := stand_in(start)):  # a VOTable is XML itself
        raise InputError(f"{path} {other}")
    if path.suffix.lower() in HDF5 or start.startswith(_SIGNATURE):
        return Hdf5(path, stack=stack)
    if is_archive(path):
        return Archive(path, prefix=prefix)
    if path.suffix.lower() in table_rows.ENDINGS or files.ending(path) in fits_cutout.ENDINGS:
        return Table(path, options, path_column=path_column)
    raise InputError(
        f"{path} is of an unknown kind; allowed are folders, HDF5, {', '.join(files.ENDINGS)}, zip, tar, and tables "
        f"in {', '.join(table_rows.ENDINGS)}"
    )
