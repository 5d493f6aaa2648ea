"""Renders the page of a map: positions, thumbnails and colourings of the galaxies."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from galaxy.predict.columns import free_name
from galaxy.predict.map_page.collection import Collection
from galaxy.predict.pages.render_page import render

UNKNOWN = "unknown"
PREDICTED, CONFIDENCE, CLUSTER = "predicted", "confidence", "cluster"
_FACTS = ("id", "x", "y", "ra", "dec")
"""Columns of a saved selection besides the colourings."""


def map_page(
    found: Collection,
    plane: NDArray[np.floating],
    cluster: NDArray[np.int64],
    *,
    classes: Sequence[str],
    known: Mapping[str, Mapping[str, str]],
    class_column: str | None,
    on_sky: bool,
    title: str,
    note: str,
    report: str = "",
) -> str:
    """Render the page.

    Args:
        found: N galaxies.
        plane: (N, 2) positions.
        cluster: (N,) clusters.
        classes: Names of the classes.
        known: For each name that the page shows, known values of galaxies by their id.
        class_column: Name of the column that has `found.column_value`, None if there is none; it gets a suffix if the
            page has another colouring of this name.
        on_sky: Whether coordinates are real, so that the page links the sky viewer.
        title: Heading.
        note: Sentence below it.
        report: Digest of the report's page that the map belongs to; empty where it stands alone.

    Returns:
        The page as HTML that needs no other file.
    """
    shown = [name for name, by_id in known.items() if any(one in by_id for one in found.id)]
    modes = [_categories(name, [known[name].get(one) for one in found.id], classes) for name in shown]
    if class_column is not None:
        name = free_name(class_column, [*_FACTS, *shown, PREDICTED, CONFIDENCE, CLUSTER], ())
        modes = [_categories(name, found.column_value, classes), *modes]
    modes += [
        _categories(PREDICTED, [classes[best] for best in found.predicted], classes),
        {
            "name": CONFIDENCE,
            "kind": "number",
            "digits": 3,
            "range": [round(min(found.confidence), 4), round(max(found.confidence), 4)],
            "values": [round(value, 4) for value in found.confidence],
        },
        _categories(CLUSTER, [f"cluster {number + 1}" for number in cluster.tolist()], []),
    ]
    data = {
        "x": [float(f"{value:.5g}") for value in plane[:, 0].tolist()],
        "y": [float(f"{value:.5g}") for value in plane[:, 1].tolist()],
        "id": found.id,
        "ra": found.ra,
        "dec": found.dec,
        "viewer": on_sky,
        "modes": modes,
        "atlas": {"tile": found.atlas.tile, "columns": found.atlas.columns},
    }
    content = {
        "title": title,
        "note": note,
        "report": report,
        "count": f"{len(found.id):,}",
        "atlas": found.atlas.uri(),
        "data": _script_json(data),
    }
    return render("map", content)


def _categories(name: str, values: Sequence[str | None], first: Sequence[str]) -> dict[str, Any]:
    """Return a colouring by names: those of `first` that occur, others in alphabetical order, the unknown."""
    given = {value for value in values if value is not None}
    names = [value for value in first if value in given] + sorted(given.difference(first), key=_numbered)
    if None in values and UNKNOWN not in given:
        names.append(UNKNOWN)
    number = {value: index for index, value in enumerate(names)}
    return {
        "name": name,
        "kind": "names",
        "names": names,
        "values": [number[UNKNOWN if value is None else value] for value in values],
    }


def _numbered(name: str) -> tuple[str, int, str]:
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :] or -1), name


def _script_json(data: Any) -> Markup:
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704 -- nothing in it can end the script element
