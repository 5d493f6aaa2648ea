"""Renders a contact sheet as one HTML page, with its pictures inside."""

from dataclasses import asdict
from typing import Any

from galaxy.predict.pages.render_page import render
from galaxy.predict.sheets.sheet import Item, Sheet
from galaxy.report.images import galaxy_uri


def render_sheet(sheet: Sheet) -> str:
    """Return the HTML of the page."""
    groups = [
        {
            "heading": group.heading,
            "note": group.note,
            "beside": None if group.beside is None else _plain(group.beside),
            "items": [_plain(item) for item in group.items],
        }
        for group in sheet.groups
    ]
    return render("sheet", {"title": sheet.title, "note": sheet.note, "groups": groups})


def _plain(item: Item) -> dict[str, Any]:
    values = asdict(item)
    return values | {"uri": galaxy_uri(values.pop("image"))}
