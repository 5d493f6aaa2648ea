"""The manifest: a CSV file with one line for each galaxy, which names it and the set that it belongs to.

Its header is `id,row,ra,dec,label,group,split`, and it is sorted by id. `id` is the first 12 hexadecimal digits of
the SHA-256 of the HDF5 file, a hyphen and the six-digit row in it; `ra` and `dec` are degrees, empty where unknown;
galaxies of one `group` (numbered by its first row) are never on two sides. All later stages join by `id`.
"""

import csv
import hashlib
import io
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from galaxy.atomic import write_text
from galaxy.counted import counted
from galaxy.errors import InputError

HEADER = ("id", "row", "ra", "dec", "label", "group", "split")
SPLITS = ("train", "validation", "test")
_ID = re.compile(r"[0-9a-f]{12}-[0-9]{6}")
_INTEGER = re.compile(r"[0-9]{1,6}")
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,20})?(e-[0-9]{1,3})?")


@dataclass(frozen=True, eq=False)
class Manifest:
    """The columns of a manifest of M galaxies, as arrays of shape (M,), sorted by id.

    `id` and `split` are fixed-width strings, `row`, `label` and `group` int64, `ra` and `dec` float64 degrees, NaN
    where unknown. `sha256` is the hash of the whole file, also in a part that `where` returns.
    """

    id: NDArray[np.str_]
    row: NDArray[np.int64]
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    label: NDArray[np.int64]
    group: NDArray[np.int64]
    split: NDArray[np.str_]
    sha256: str

    def __len__(self) -> int:
        return len(self.id)

    def where(self, *splits: str) -> Self:
        """Return the galaxies of one or several splits, still sorted by id.

        Raises:
            InputError: If a name is not in `SPLITS`.
        """
        for split in splits:
            if split not in SPLITS:
                raise InputError(f"unknown split {split!r}; allowed are {', '.join(SPLITS)}")
        keep = np.isin(self.split, splits)
        columns = {field.name: getattr(self, field.name)[keep] for field in fields(self) if field.name != "sha256"}
        return type(self)(**columns, sha256=self.sha256)


def galaxy_ids(file_sha256: str, rows: NDArray[np.int64]) -> NDArray[np.str_]:
    """Return the ids of `rows` of the HDF5 file with this hash; ids sort like rows."""
    return np.array([f"{file_sha256[:12]}-{row:06d}" for row in rows], dtype="U19")


def read_manifest(path: Path) -> Manifest:
    """Read and check a manifest.

    Raises:
        InputError: If the file is missing or any line breaks the format; the message names the line.

    Example:
        >>> import tempfile
        >>> made = Manifest(
        ...     id=galaxy_ids("0123456789ab", np.array([0, 1])),
        ...     row=np.array([0, 1]),
        ...     ra=np.array([184.5, np.nan]),
        ...     dec=np.array([12.25, np.nan]),
        ...     label=np.array([3, 5]),
        ...     group=np.array([0, 1]),
        ...     split=np.array(["train", "test"]),
        ...     sha256="",
        ... )
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     write_manifest(Path(folder) / "manifest.csv", made)
        ...     read_manifest(Path(folder) / "manifest.csv").where("test").label
        array([5])
    """
    try:
        content = path.read_bytes()
        lines = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    except FileNotFoundError:
        raise InputError(
            f"{path} does not exist; correct the path, or run dvc repro, whose stage split writes data/manifest.csv"
        ) from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); make it a readable file") from None
    except (UnicodeDecodeError, csv.Error):
        raise InputError(f"{path} is not CSV text in UTF-8; give a manifest as the stage split writes it") from None
    if not lines or tuple(lines[0]) != HEADER:
        given = ",".join(lines[0])[:80] if lines else ""
        raise InputError(f"{path} starts with {given!r}; a manifest starts with {','.join(HEADER)!r}")
    if len(lines) == 1:
        raise InputError(f"{path} names no galaxies; a manifest has one line for each galaxy")
    for number, line in enumerate(lines[1:], start=2):
        if problem := _line_problem(line):
            raise InputError(f"{path}, line {number}: {problem}")
    columns = list(zip(*lines[1:], strict=True))
    manifest = Manifest(
        id=np.array(columns[0], dtype="U19"),
        row=np.array(columns[1], dtype=np.int64),
        ra=np.array([value or "nan" for value in columns[2]], dtype=np.float64),
        dec=np.array([value or "nan" for value in columns[3]], dtype=np.float64),
        label=np.array(columns[4], dtype=np.int64),
        group=np.array(columns[5], dtype=np.int64),
        split=np.array(columns[6], dtype="U10"),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    _check_whole(manifest, path)
    return manifest


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write the columns as CSV, atomically; degrees in the shortest form that reads back to the same number."""
    lines = [",".join(HEADER)]
    for name, row, ra, dec, label, group, split in zip(
        manifest.id,
        manifest.row,
        manifest.ra,
        manifest.dec,
        manifest.label,
        manifest.group,
        manifest.split,
        strict=True,
    ):
        degrees = ["" if np.isnan(value) else repr(float(value)) for value in (ra, dec)]
        lines.append(",".join([str(name), str(row), *degrees, str(label), str(group), str(split)]))
    write_text(path, "\n".join(lines) + "\n")


def _line_problem(line: list[str]) -> str | None:
    if len(line) != len(HEADER):
        return f"the line has {counted(len(line), 'field')}, and a manifest has {len(HEADER)} ({','.join(HEADER)})"
    name, row, ra, dec, label, group, split = line
    if not _ID.fullmatch(name):
        return f"id is {name[:40]!r}; an id is 12 hexadecimal digits, a hyphen and a six-digit row"
    for key, text in (("row", row), ("label", label), ("group", group)):
        if not _INTEGER.fullmatch(text):
            return f"{key} is {text[:40]!r}; it must be a whole number between 0 and 999999"
    if int(label) > 255:
        return f"label is {label!r}; it must be between 0 and 255"
    if int(row) != int(name[-6:]):
        return f"row is {row!r}, but the id {name!r} says {int(name[-6:])}"
    if (ra == "") != (dec == ""):
        return "only one of ra and dec is given; give both, or leave both empty where unknown"
    if ra and not (_is_within(ra, 0, 360) and _is_within(dec, -90, 90)):
        return f"position is {ra[:40]!r}, {dec[:40]!r}; ra must be between 0 and 360 degrees, dec between -90 and 90"
    if split not in SPLITS:
        return f"split is {split[:40]!r}; allowed are {', '.join(SPLITS)}"
    return None


def _is_within(text: str, low: float, high: float) -> bool:
    return _DEGREES.fullmatch(text) is not None and low <= float(text) <= high


def _check_whole(manifest: Manifest, path: Path) -> None:
    disordered = np.flatnonzero(manifest.id[1:] <= manifest.id[:-1])
    if len(disordered):
        line = int(disordered[0]) + 3  # after the header; lines are counted from one
        raise InputError(
            f"{path}, line {line}: id {manifest.id[line - 2]} is repeated or out of order; the lines must be sorted "
            "by id, each id once"
        )
    sources = np.unique(manifest.id.astype("U12"))
    if len(sources) > 1:
        raise InputError(
            f"{path} has galaxies of {len(sources)} files ({sources[0]}, {sources[1]}); all must be of one file"
        )
    groups, first, inverse = np.unique(manifest.group, return_index=True, return_inverse=True)
    torn = manifest.split != manifest.split[first][inverse]
    if torn.any():
        group = int(groups[inverse[np.flatnonzero(torn)[0]]])
        raise InputError(
            f"{path}: group {group} is in more than one set; put all galaxies of a group into the same set"
        )
