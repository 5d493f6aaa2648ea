"""Pictures in rows with words below them, on one page: what a sheet holds, and the files that it becomes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.atomic import atomic_path
from galaxy.errors import InputError

ENDINGS = (".html", ".png")


@dataclass(frozen=True, eq=False)
class Item:
    """A picture on a sheet.

    Attributes:
        image: (S, S, 3) uint8.
        title: The line below it that stands out.
        lines: Further lines.
        link: Address behind the last line, for sheets that know links; empty for none.
    """

    image: NDArray[np.uint8]
    title: str
    lines: Sequence[str] = ()
    link: str = ""


@dataclass(frozen=True, eq=False)
class Group:
    """Pictures under a heading, after one that they are compared with, if there is any."""

    heading: str
    items: Sequence[Item]
    beside: Item | None = None
    note: str = ""


@dataclass(frozen=True, eq=False)
class Sheet:
    """A page of pictures."""

    title: str
    note: str
    groups: Sequence[Group] = field(default_factory=tuple)


def check_sheet(path: Path) -> None:
    """Check that a sheet can be written under this name.

    Raises:
        InputError: If the ending is unknown.
    """
    if path.suffix.lower() not in ENDINGS:
        raise InputError(f"{path} ends in {path.suffix or 'nothing'!r}; a sheet is {' or '.join(ENDINGS)}")


def write_sheet(path: Path, sheet: Sheet) -> None:
    """Write a sheet as a page that needs no other file, or as a picture, by the ending of its name."""
    with atomic_path(path) as temporary:
        if path.suffix.lower() == ".html":
            from galaxy.predict.sheets.html_sheet import render_sheet

            temporary.write_text(render_sheet(sheet), encoding="utf-8")
        else:
            from galaxy.predict.sheets.png_sheet import draw_sheet

            draw_sheet(sheet).save(temporary, "PNG", optimize=True)
