"""Writes contact sheets: pictures in rows with text below them, on one page."""

from pathlib import Path

from galaxy.atomic import atomic_path
from galaxy.errors import InputError
from galaxy.predict.sheets.sheet import Sheet

ENDINGS = (".html", ".png")


def check_sheet(path: Path) -> None:
    """Check that a sheet can be written under this name.

    Raises:
        InputError: If the ending is unknown.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"{path} does not end in {' or '.join(ENDINGS)}; give a sheet a name that does")


def write_sheet(path: Path, sheet: Sheet) -> None:
    """Write a sheet as a page that needs no other file, or as a picture, by the ending of its name."""
    with atomic_path(path) as temporary:
        if path.suffix.lower() == ".html":
            from galaxy.predict.sheets.html_sheet import render_sheet

            temporary.write_text(render_sheet(sheet), encoding="utf-8")
        else:
            from galaxy.predict.sheets.png_sheet import draw_sheet

            draw_sheet(sheet).save(temporary, "PNG", optimize=True)
