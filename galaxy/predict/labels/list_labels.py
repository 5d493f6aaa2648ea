"""Lists galaxies whose label is likely wrong, in a table and on a contact sheet."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.atomic import atomic_path
from galaxy.data.disk import writable
from galaxy.data.manifest import Manifest
from galaxy.data.store import ImageStore
from galaxy.errors import InputError
from galaxy.output_path import check_output
from galaxy.predict.columns import SEPARATOR, Column
from galaxy.predict.labels.duplicates import same_galaxies
from galaxy.predict.labels.label_issues import DUPLICATE, LabelIssue, find_label_issues
from galaxy.predict.picture import Value
from galaxy.predict.sheets.contact_sheet import check_sheet, write_sheet
from galaxy.predict.sheets.sheet import Group, Item, Sheet
from galaxy.predict.writers.by_ending import form_of, write_table
from galaxy.predictions import Predictions
from galaxy.report.sky_viewer import viewer_address

Images = Sequence[NDArray[np.uint8]]

SHOWN = 24
"""Largest number of galaxies of one label on the sheet."""

COLUMNS = [
    Column("id", "text"),
    Column("split", "text"),
    Column("label", "text"),
    Column("evidence", "text"),
    Column("suggested", "text"),
    Column("probability_label", "single"),
    Column("probability_suggested", "single"),
    Column("duplicates", "text"),
    Column("labels_of_duplicates", "text"),
    Column("ra", "number"),
    Column("dec", "number"),
    Column("viewer", "text"),
]


def list_labels(
    galaxies: Manifest,
    store: ImageStore,
    classes: Sequence[str],
    rows: Sequence[Predictions],
    output: Path,
    *,
    sheet: Path | None = None,
    on_sky: bool = True,
    read: Sequence[Path] = (),
    overwrite: bool = False,
) -> list[LabelIssue]:
    """Write the galaxies whose label is likely wrong.

    Args:
        galaxies: All galaxies.
        store: Their images.
        classes: Names of the classes.
        rows: Predictions of the galaxies that were not trained on, by one or several rows of the same split.
        output: The table, whose form is chosen by its ending.
        sheet: A contact sheet, `.html` or `.png`; None writes none.
        on_sky: Whether the galaxies' coordinates are real, so that a sky viewer shows them.
        read: Files that were read, which the outputs must not replace.
        overwrite: Whether existing outputs may be replaced.

    Returns:
        The issues, in the order of the table.

    Raises:
        InputError: If the rows predict different galaxies, or an output cannot be used.
    """
    form = form_of(output)
    if sheet is not None:
        check_sheet(sheet)
        if os.path.realpath(sheet) == os.path.realpath(output):
            raise InputError(f"{sheet} was given for both the table and the sheet; give two different names")
    for path in (output, sheet):
        if path is not None:
            check_output(path, inputs=read, overwrite=overwrite)
    if any(not np.array_equal(row.id, rows[0].id) for row in rows):
        raise InputError(
            "the predictions of the rows are for different galaxies; run dvc repro, which classifies the same "
            "galaxies with all rows"
        )
    images = [store.images[row] for row in store.rows_of(galaxies.id).tolist()]
    found = find_label_issues(galaxies, rows, same_galaxies(galaxies, images))
    with writable(output), atomic_path(output.resolve()) as temporary:
        write_table(temporary, form, COLUMNS, [[_values(one, galaxies, classes, on_sky=on_sky) for one in found]])
    if sheet is not None:
        with writable(sheet):
            write_sheet(sheet.resolve(), _sheet(found, galaxies, classes, images, on_sky=on_sky))
    return found


def _values(one: LabelIssue, galaxies: Manifest, classes: Sequence[str], *, on_sky: bool) -> list[Value]:
    place, others = one.position, list(one.duplicates)
    ra, dec = float(galaxies.ra[place]), float(galaxies.dec[place])
    return [
        str(galaxies.id[place]),
        str(galaxies.split[place]),
        classes[galaxies.label[place]],
        SEPARATOR.join(one.evidence),
        "" if one.suggested is None else classes[one.suggested],
        *(None if value is None else float(np.float32(value)) for value in _probabilities(one)),
        SEPARATOR.join(str(galaxies.id[other]) for other in others),
        SEPARATOR.join(classes[galaxies.label[other]] for other in others),
        *(None if np.isnan(value) else value for value in (ra, dec)),
        viewer_address(ra, dec) if on_sky else "",
    ]


def _probabilities(one: LabelIssue) -> tuple[float | None, float | None]:
    return one.probability_label, one.probability_suggested


def _sheet(
    found: Sequence[LabelIssue], galaxies: Manifest, classes: Sequence[str], images: Images, *, on_sky: bool
) -> Sheet:
    groups = []
    for label, name in enumerate(classes):
        mine = [one for one in found if galaxies.label[one.position] == label]
        items = [_item(one, galaxies, classes, images, on_sky=on_sky) for one in mine[:SHOWN]]
        if items:
            more = f"The first {SHOWN} of {len(mine)}." if len(mine) > SHOWN else ""
            groups.append(Group(f"Labelled {name}", items, note=more))
    note = (
        "Galaxies whose label is likely wrong: the rows that have not learnt the label find another class more likely "
        "(confident learning, Northcutt et al. 2021), or the same galaxy is there with another label. These are "
        "candidates to look at, not proven errors."
    )
    return Sheet("Likely label errors", note, groups)


def _item(one: LabelIssue, galaxies: Manifest, classes: Sequence[str], images: Images, *, on_sky: bool) -> Item:
    place = one.position
    lines = []
    if one.suggested is not None:
        label, other = (0.0 if value is None else value for value in _probabilities(one))
        lines.append(f"{other:.0%} against {label:.0%}")
    if DUPLICATE in one.evidence:
        names = sorted({classes[galaxies.label[other]] for other in one.duplicates})
        lines.append(f"also labelled {', '.join(names)}")
    lines += [str(galaxies.split[place]), str(galaxies.id[place])]
    title = classes[one.suggested] if one.suggested is not None else "in the data twice"
    link = viewer_address(float(galaxies.ra[place]), float(galaxies.dec[place])) if on_sky else ""
    return Item(np.asarray(images[place]), title, lines, link)
