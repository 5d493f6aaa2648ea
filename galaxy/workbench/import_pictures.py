"""Turns a folder or a table of a user's own pictures into an HDF5 file that the pipeline reads."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.counted import counted
from galaxy.data.class_names import MAX_CLASSES
from galaxy.data.disk import writable
from galaxy.data.galaxy_writer import new_galaxies
from galaxy.data.layout import MAX_SIZE, MIN_SIZE
from galaxy.data.resample import AreaResampler
from galaxy.errors import InputError
from galaxy.output_path import check_output
from galaxy.predict.picture import Picture
from galaxy.predict.readers import table_rows
from galaxy.predict.readers.open_inputs import Inputs, open_inputs

HDF5_ENDINGS = (".h5", ".hdf5")

LABEL_COLUMNS = ("class", "label", "class_name", "morphology")
"""Usual names of the column of classes; the first one that a table has is used."""


@dataclass(frozen=True)
class Imported:
    """The result of an import.

    Attributes:
        classes: Number of galaxies of each class, in label order.
        size: Width and height of the images in pixels.
        unreadable: Id and reason of each picture that was left out.
    """

    classes: dict[str, int]
    size: int
    unreadable: list[tuple[str, str]]


def import_pictures(
    source: Path,
    output: Path,
    *,
    size: int | None = None,
    path_column: str | None = None,
    label_column: str | None = None,
    overwrite: bool = False,
    progress: bool = False,
    also_read: Sequence[Path] = (),
) -> Imported:
    """Write pictures as an HDF5 file in Galaxy10's layout, with `id` as a further data set.

    Classes are numbered in the order of their names. Pictures are read twice, the first time for their sizes and
    classes; only a few are in memory at a time.

    Args:
        source: A folder with a folder of pictures for each class, or a table (CSV, Parquet, FITS, VOTable) with a
            column of paths and one of classes. Pictures are JPEG, PNG, TIFF or FITS.
        output: The HDF5 file to write.
        size: Width in pixels to which each picture is averaged down after a centre crop to a square; with None all
            pictures must be square and of one size, and they are not changed.
        path_column: Name of the table's column of paths; None looks for the usual names. A folder takes none.
        label_column: Name of the table's column of classes; None looks for one of `LABEL_COLUMNS`. A folder takes none.
        overwrite: Whether an existing output may be replaced.
        progress: Whether to show a progress bar on a terminal.
        also_read: Further files that the output must not replace.

    Returns:
        What was written.

    Raises:
        InputError: If there are no pictures or classes, sizes differ and none is given, or the output exists, is an
            input or cannot be written.
    """
    if not source.is_dir() and source.suffix.lower() not in table_rows.ENDINGS:
        raise InputError(
            f"{source} is neither a folder of pictures nor a table ({', '.join(table_rows.ENDINGS)}); give one of them"
        )
    for option, column in (("--path-column", path_column), ("--label-column", label_column)):
        if source.is_dir() and column is not None:
            raise InputError(
                f"{option} names a column of a table, and {source} is a folder, in which folders name the classes; "
                "leave the option out, or give a table"
            )
    if output.suffix.lower() not in HDF5_ENDINGS:
        raise InputError(
            f"{output} is not the name of an HDF5 file; give a name that ends in {' or '.join(HDF5_ENDINGS)}"
        )
    with ExitStack() as stack:
        inputs = open_inputs([source], stack=stack, path_column=path_column)
        target = check_output(output, inputs=chain(also_read, inputs.files()), overwrite=overwrite)
        column = None if source.is_dir() else _label_column(source, inputs, label_column)
        names, sides, unreadable = _examine(source, inputs, column, progress=progress)
        chosen = _one_size(source, sides) if size is None else size
        if not MIN_SIZE <= chosen <= MAX_SIZE:
            raise InputError(f"size is {chosen}; allowed are {MIN_SIZE} to {MAX_SIZE} px")
        if size is not None and min(sides)[0] < size:
            raise InputError(
                f"size is {size}; it must be at most {min(sides)[0]}, the width of the smallest picture in pixels"
            )
        counts = dict.fromkeys(names, 0)
        with writable(target), new_galaxies(target, size=chosen) as writer:
            for picture in _pictures(inputs, desc="write", progress=progress):
                if picture.image is None:
                    continue
                name = _class(picture, column)
                image, factor = _fit(picture.image, chosen)
                writer.append(
                    image,
                    label=names.index(name),
                    name=picture.id,
                    ra=picture.ra,
                    dec=picture.dec,
                    pixel_scale=picture.pixel_scale * factor,
                )
                counts[name] += 1
            writer.finish(names)
    return Imported(classes=counts, size=chosen, unreadable=unreadable)


def _pictures(inputs: Inputs, *, desc: str, progress: bool) -> Iterator[Picture]:
    with tqdm(total=inputs.count, desc=desc, unit="picture", disable=None if progress else True) as bar:
        for chunk in inputs.chunks(0):
            for picture in chunk():
                bar.update(1)
                yield picture


def _label_column(source: Path, inputs: Inputs, wanted: str | None) -> str:
    looked_for = [wanted] if wanted else LABEL_COLUMNS
    found = next((column for name in looked_for if (column := inputs.column(name)) is not None), None)
    if found is None:
        looked = repr(wanted) if wanted else f"of classes ({', '.join(LABEL_COLUMNS)})"
        known = ", ".join(inputs.further) or "no further columns"
        raise InputError(f"{source} has no column {looked}; it has {known}: name it by --label-column")
    return found


def _class(picture: Picture, column: str | None) -> str:
    if column is not None:
        return str(picture.further[column] if picture.further[column] is not None else "").strip()
    folders = PurePosixPath(picture.id).parts[:-1]
    return folders[0] if folders else ""


def _examine(
    source: Path, inputs: Inputs, column: str | None, *, progress: bool
) -> tuple[list[str], set[tuple[int, int]], list[tuple[str, str]]]:
    """Return the sorted names of the classes, the sizes of the pictures (shorter side first), and unreadable files."""
    names: set[str] = set()
    sides: set[tuple[int, int]] = set()
    unreadable = []
    for picture in _pictures(inputs, desc="examine", progress=progress):
        if picture.image is None:
            unreadable.append((picture.id, picture.reason))
            continue
        name = _class(picture, column)
        if not name:
            where = f"column {column!r} is empty" if column else "put it into a folder named after its class"
            raise InputError(f"{source}: {picture.id} has no class; {where}")
        names.add(name)
        height, width = picture.image.shape[:2]
        sides.add((min(height, width), max(height, width)))
        if len(names) > MAX_CLASSES:
            raise InputError(
                f"{source} has more than {MAX_CLASSES} classes; check that {column or 'the folder'} is the right one"
            )
    if not sides:
        first = f", the first because: {unreadable[0][1]}" if unreadable else ""
        raise InputError(
            f"{source}: {counted(len(unreadable), 'picture')}, none of which can be read{first}; give pictures that "
            "can be read"
        )
    if len(names) < 2:
        raise InputError(
            f"{source} has only the class {', '.join(names)!r}; give at least two, each in a folder of its own or "
            "named in the table"
        )
    return _in_order(names), sides, unreadable


def _in_order(names: set[str]) -> list[str]:
    """Return the names sorted: by value if all are whole numbers, alphabetically otherwise."""
    if all(name.isascii() and name.isdigit() for name in names):
        return sorted(names, key=int)
    return sorted(names)


def _one_size(source: Path, sides: set[tuple[int, int]]) -> int:
    (short, long), largest = min(sides), max(sides)
    if len(sides) > 1 or short != long:
        to = f" to {largest[0]} x {largest[1]} px" if len(sides) > 1 else ""
        raise InputError(
            f"{source}: pictures have {counted(len(sides), 'size')}, {short} x {long} px{to}; "
            f"give --size, at most {short}, to which they are cropped and averaged"
        )
    return short


def _fit(image: NDArray[np.uint8], size: int) -> tuple[NDArray[np.uint8], float]:
    """Return the centre square, averaged down to `size` pixels, and the factor by which its pixels have grown."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = image[None, top : top + side, left : left + side]
    return AreaResampler(source=side, crop=None, size=size)(square)[0], side / size
