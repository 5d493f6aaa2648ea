"""Reads pictures that rows of a table name: finds the columns of path, id and position, and reads each row."""

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from galaxy.errors import InputError
from galaxy.predict.columns import free_name
from galaxy.predict.picture import Picture, Value, file_states
from galaxy.predict.picture_checks import NO_ANGLE
from galaxy.predict.readers.angle import degrees
from galaxy.predict.readers.files import read_picture
from galaxy.predict.readers.fits_cutout import FitsOptions

PATHS = ("path", "file", "filename", "file_loc", "file_location", "filepath", "image", "image_path", "png_loc", "url")
"""Names of the column of paths; the first that exists is used."""

PIXEL_SCALE = ("pxscale", "pixel_scale", "pixscale")
IDS = ("id", "id_str", "objid", "dr8_id", "iauname", "name")
RESERVED = ("id", "predicted", "confidence", "entropy", "set", "unlike", "checks", "ra", "dec", "viewer", "reason")
_ADDRESS = re.compile("[A-Za-z][A-Za-z0-9+.-]*://")
"""Start of a URL."""


class NamedPictures:
    """Reads the pictures that rows name.

    Args:
        columns: Names of the columns and their kinds.
        folder: Folder from which relative paths count.
        options: How FITS cut-outs are turned into colour.
        path_column: Name of the column of paths; None looks for one of `PATHS`.
        where: Name of the table in messages.

    Attributes:
        further: Names of the columns that are copied to the output, as the output calls them, and their kinds.
        path_column: Name of the column of paths.
        id_column: Name of the column of ids; the paths where there is none.

    Raises:
        InputError: If there is no column of paths, or it contains no text.
    """

    def __init__(
        self, columns: Mapping[str, str], folder: Path, options: FitsOptions, *, path_column: str | None, where: str
    ) -> None:
        self._folder = folder
        self._options = options
        paths = _find(columns, (path_column,) if path_column else PATHS)
        if paths is None:
            wanted = repr(path_column) if path_column else f"of paths ({', '.join(PATHS)})"
            raise InputError(
                f"{where} has no column {wanted}; it has {', '.join(columns)}: rename one or give --path-column"
            )
        if columns[paths] != "text":
            raise InputError(
                f"{where}: column {paths!r} contains no text, so it cannot name pictures; write their paths into it, "
                "or give another with --path-column"
            )
        self.path_column = paths
        own_id = _find(columns, IDS)
        self.id_column = own_id or paths
        self._scale = _find(columns, PIXEL_SCALE)
        self._ra, self._dec = _find(columns, ("ra",)), _find(columns, ("dec",))
        used = {paths, own_id, self._scale, self._ra, self._dec}
        self._columns = {name: free_name(name, RESERVED, columns) for name in columns if name not in used}
        kinds = {name: "text" if kind == "other" else kind for name, kind in columns.items()}
        self.further = {shown: kinds[name] for name, shown in self._columns.items()}

    def name(self, row: Mapping[str, Value]) -> str:
        """Return the id of the galaxy in a row; it is empty where the row has none."""
        value = row[self.id_column]
        if value is None:
            return ""
        return str(int(value) if isinstance(value, float) and value.is_integer() else value)

    def paths(self, row: Mapping[str, Value]) -> tuple[Path, ...]:
        """Return the file that a row names, nothing where it names none."""
        text = row[self.path_column]
        return (self._folder / str(text),) if text else ()

    def _place(self, row: Mapping[str, Value]) -> tuple[list[float], list[str]]:
        """Return right ascension and declination in degrees, NaN where unknown, and a check if one is not an angle."""
        found, checks = [float("nan"), float("nan")], []
        for number, column in enumerate((self._ra, self._dec)):
            value = row.get(column or "")
            try:
                given = degrees(value, hours=number == 0) if isinstance(value, str) and value else value
                found[number] = _number(given)
            except ValueError:
                checks = [NO_ANGLE]
        return found, checks

    def read(self, rows: list[dict[str, Value]]) -> Iterator[Picture]:
        """Read the picture of each row."""
        for row in rows:
            (ra, dec), checks = self._place(row)
            picture = Picture(
                self.name(row),
                ra=ra,
                dec=dec,
                checks=checks,
                pixel_scale=_number(row.get(self._scale or "")),
                further={shown: _kept(row[name], self.further[shown]) for name, shown in self._columns.items()},
            )
            paths = self.paths(row)
            if not paths:
                picture.reason = "no path in the table"
                yield picture
                continue
            if _ADDRESS.match(str(row[self.path_column])):
                picture.state = file_states(paths)  # as `states` says, so that a resumed run finds nothing changed
                picture.reason = "an address, from which nothing is fetched; download the picture and give its path"
                yield picture
                continue
            yield read_picture(picture, paths, self._options)


def _find(columns: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    small = {name.lower(): name for name in reversed(list(columns))}
    return next((small[name.lower()] for name in names if name.lower() in small), None)


def _kept(value: Value, kind: str) -> Value:
    """Return a value of a further column as its kind has it."""
    return str(value) if kind == "text" and value is not None else value


def _number(value: Any) -> float:
    try:
        number = float("nan") if value is None else float(value)
    except ValueError:
        return float("nan")
    return number if math.isfinite(number) else float("nan")
