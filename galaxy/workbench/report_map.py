"""Draws the map of the test galaxies that lies beside the report's page, once for each page."""

import json
import re
from pathlib import Path

import numpy as np

from galaxy.atomic import write_text
from galaxy.counted import counted
from galaxy.data.disk import writable
from galaxy.errors import InputError
from galaxy.output_path import refuse_inputs
from galaxy.report.page import page_digest

FILE = "map.html"
"""Name of the file beside index.html."""

_HEAD = 65_536
"""Number of characters at the beginning of a map that contain its digest; the pictures come after them."""


def matching_map(folder: Path, page: str) -> str | None:
    """Return the name of the map in `folder` if it was drawn for this page, None if there is none.

    Raises:
        ValueError: If the page has no digest.
    """
    return FILE if _drawn_for(folder / FILE) == page_digest(page) else None


def remove_other_map(folder: Path, page: str) -> None:
    """Remove a map that was drawn for another page, because a person would take it for the map of this run."""
    drawn_for = _drawn_for(folder / FILE)
    if drawn_for is not None and drawn_for != page_digest(page):
        (folder / FILE).unlink()


def write_report_map(folder: Path, data: Path, metrics: Path) -> str | None:
    """Draw the test galaxies by the features of the most accurate supervised row, unless this page has a map.

    Args:
        folder: Folder of the page.
        data: Folder of the pipeline's files.
        metrics: Folder of <row>.json with the figures of the table.

    Returns:
        Why there is no map; None if there is one.

    Raises:
        InputError: If a file is damaged, or the map cannot be written.
    """
    try:
        page = (folder / "index.html").read_text(encoding="utf-8")
        if matching_map(folder, page):
            return None
    except (OSError, ValueError):
        return f"{folder / 'index.html'} is not the page of a run"
    name = _most_accurate(data / "models", metrics)
    needed = [data / "manifest.csv", data / "classes.json", data / "store"]
    if name is None or not all(path.exists() for path in needed):
        return f"{data} lacks the trained rows or their galaxies; dvc pull or dvc repro brings them"
    read = [folder / "index.html", folder / "findings.txt", *needed]
    refuse_inputs(folder / FILE, read, remedy="remove it, and this command draws the map")

    from galaxy.data.class_names import read_class_names
    from galaxy.data.manifest import read_manifest
    from galaxy.data.store import open_store
    from galaxy.predict.map_page.collection import LEAST, collect_stored
    from galaxy.predict.map_page.write_map import draw_map
    from galaxy.workbench.find_training_data import RENDERED
    from galaxy.workbench.open_row import open_row

    opened = open_row(name, models=data / "models")
    row, galaxies, store = opened.row, read_manifest(data / "manifest.csv"), open_store(data / "store")
    if galaxies.sha256 != row.description.manifest or store.size != row.description.size:
        return f"{data / 'models' / name} belongs to another split than {data / 'manifest.csv'}; run dvc repro"
    test = galaxies.where("test")
    if len(test) < LEAST:
        return f"{counted(len(test), 'test galaxy')}, and at least {LEAST} are needed"
    ids, classes = test.id.tolist(), read_class_names(data / "classes.json")
    found = collect_stored(
        row,
        np.asarray(store.images[store.rows_of(test.id)]),
        ids=ids,
        ra=[None if np.isnan(value) else value for value in test.ra.tolist()],
        dec=[None if np.isnan(value) else value for value in test.dec.tolist()],
    )
    text = draw_map(
        found,
        row,
        known={"class": dict(zip(ids, [classes[number] for number in test.label.tolist()], strict=True))},
        on_sky=opened.data.name != RENDERED,
        title="Map of the test galaxies",
        report=page_digest(page),
    )
    with writable(folder / FILE):
        write_text(folder / FILE, text)
    return None


def _drawn_for(path: Path) -> str | None:
    """Return the digest of the page that a map was drawn for."""
    try:
        with path.open(encoding="utf-8") as file:
            head = file.read(_HEAD)
    except (OSError, UnicodeDecodeError):
        return None
    found = re.search('<meta name="report" content="([0-9a-f]{64})">', head)
    return found[1] if found else None


def _most_accurate(models: Path, metrics: Path) -> str | None:
    """Return the supervised row with the highest accuracy, the first by name of several."""
    accuracy: dict[str, float] = {}
    for path in sorted(models.glob("*/model.json")):
        figures = metrics / f"{path.parent.name}.json"
        try:
            accuracy[path.parent.name] = float(json.loads(figures.read_text(encoding="utf-8"))["accuracy"])
        except OSError:
            continue
        except (ValueError, LookupError, TypeError):
            raise InputError(f"{figures} has no accuracy; run dvc repro, which writes it") from None
    return max(accuracy, key=lambda name: accuracy[name]) if accuracy else None
