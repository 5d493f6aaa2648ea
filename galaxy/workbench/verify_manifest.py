"""The command `galaxy manifest verify`: finds test galaxies of a split that are related to training galaxies."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.counted import counted
from galaxy.data.chunked_images import iterate_blocks
from galaxy.data.fingerprint import Fingerprints
from galaxy.data.foreign_split import (
    ROW_COLUMNS,
    ForeignSplit,
    coordinates,
    read_foreign_split,
    read_table,
    row_numbers,
)
from galaxy.data.layout import open_galaxies
from galaxy.data.leaks import FIELD_OF_VIEW, Leak, find_leaks
from galaxy.data.manifest import SPLITS
from galaxy.data.moved_copies import SMALLEST, Details
from galaxy.errors import InputError


@dataclass(frozen=True, eq=False)
class Verdict:
    """The result of a verification.

    Attributes:
        counts: Number of galaxies of each set.
        leaks: One entry for each kind of leak that could be checked.
        unchecked: Kinds of leaks that could not be checked, and what would be needed.
    """

    counts: dict[str, int]
    leaks: list[Leak]
    unchecked: list[str]

    @property
    def clean(self) -> bool:
        """Return whether no related galaxies are in different sets, and no copies are in the test set."""
        return not any(leak.across or (leak.within_test and "arcsec" not in leak.kind) for leak in self.leaks)

    def lines(self) -> list[str]:
        """Return the result in words, one line for each kind of leak."""
        found = [", ".join(f"{count} {name}" for name, count in self.counts.items())]
        for leak in self.leaks:
            line = (
                f"{leak.kind}: {counted(leak.test, 'test galaxy')} ({leak.test_share:.1%}) with such a relation to a "
                f"training galaxy; {counted(len(leak.pairs), 'pair')}, {leak.across} in two sets and "
                f"{leak.within_test} within the test set"
            )
            found.append(line if leak.conflicting is None else f"{line}, {leak.conflicting} with different labels")
        return found + [f"not looked for: {text}" for text in self.unchecked]


def verify_manifest(
    path: Path, *, galaxies: Path | None = None, table: Path | None = None, radius: float = FIELD_OF_VIEW
) -> Verdict:
    """Look for leaks in a split.

    Args:
        path: CSV file of rows and sets, one line for each galaxy; `ra`, `dec` and `label` are used if it has them.
        galaxies: HDF5 file to which the rows refer, for positions, labels and pictures.
        table: CSV file with `row`, `ra`, `dec` and `label`, for positions and labels if there is no HDF5 file.
        radius: Galaxies up to this many arcsec apart are related.

    Raises:
        InputError: If a file cannot be read, or the split names rows that the data do not have.
    """
    given = read_foreign_split(path)
    thumbnail: NDArray[np.uint8] | None = None
    details: Details | None = None
    if table is not None:
        given = _from_table(given, table, path)
    if galaxies is not None:
        with open_galaxies(galaxies) as file:
            _check_rows(path, given, len(file), galaxies)
            given = replace(given, ra=file.ra[given.row], dec=file.dec[given.row], label=file.label[given.row])
            fingerprints = Fingerprints(len(file), size=file.size)
            if file.size >= SMALLEST:
                details = Details(len(file), size=file.size)
            with tqdm(total=len(file), desc="pictures", unit="galaxy", disable=None) as bar:
                for start, images in iterate_blocks(file):
                    fingerprints.add(start, images)
                    if details is not None:
                        details.add(start, images)
                    bar.update(len(images))
            thumbnail = fingerprints.thumbnail[given.row]
    leaks = find_leaks(
        given.split,
        row=given.row,
        label=given.label,
        ra=given.ra,
        dec=given.dec,
        thumbnail=thumbnail,
        details=details,
        radius=radius,
    )
    unchecked = []
    unknown = np.isnan(given.ra) | np.isnan(given.dec)
    if unknown.all():
        unchecked.append("close positions; give ra and dec in the file, or --table, or --galaxies with positions")
    elif unknown.any():
        unchecked.append(f"close positions of {counted(int(unknown.sum()), 'galaxy')} without ra or dec")
    if thumbnail is None:
        unchecked.append("near-identical pictures and copies; give --galaxies")
    elif details is None:
        unchecked.append(f"shifted or zoomed copies; the pictures must have {SMALLEST} pixels on a side or more")
    if (given.label < 0).any():
        unchecked.append("conflicting labels; give label in the file, or --table, or --galaxies")
    counts = {name: int((given.split == name).sum()) for name in SPLITS}
    return Verdict(counts=counts, leaks=leaks, unchecked=unchecked)


def _from_table(given: ForeignSplit, table: Path, path: Path) -> ForeignSplit:
    read = read_table(table)
    name = next((name for name in ROW_COLUMNS if name in read.columns), None)
    count = len(read.line)
    rows = np.arange(count) if name is None else row_numbers(read, read.columns[name])
    order = np.argsort(rows, kind="stable")
    place = np.minimum(np.searchsorted(rows[order], given.row), count - 1)
    missing = np.flatnonzero(rows[order][place] != given.row)
    if len(missing):
        raise InputError(f"{path}: row {given.row[missing[0]]} is not in {table}; give the table of the same galaxies")
    ra, dec, label = coordinates(read)
    found = order[place]
    return replace(given, ra=ra[found], dec=dec[found], label=label[found])


def _check_rows(path: Path, given: ForeignSplit, count: int, galaxies: Path) -> None:
    if given.row.max() >= count:
        raise InputError(
            f"{path}: row {given.row.max()} is named, but {galaxies} has only rows 0 to {count - 1}; give the file "
            "that the manifest describes"
        )
