"""What was measured on one machine, put into a page that is the same on every machine.

The page has places for it: comments, which only our own templates can write, because what comes from files is escaped
and so has no `<`.
"""

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

from galaxy.report.page import templates

_PLACE = re.compile(r"<!--run:(\w+)(?: (.*?))?-->.*?<!--/run-->", re.DOTALL)


def insert_run(
    page: str,
    *,
    facts: Sequence[tuple[str, str]],
    notes: Sequence[str],
    settings: Sequence[tuple[str, str, str]],
    unknown: Sequence[str],
    costs: Mapping[str, Mapping[str, float]],
) -> str:
    """The page with facts about the run and two more columns in its table; every text is escaped.

    Args:
        page: HTML by `render_page`.
        facts: Names and values.
        notes: Sentences below them.
        settings: Names of settings, their values, and those of the report's protocol.
        unknown: Stages of which nothing is known.
        costs: `training_seconds` and `images_per_second`, as far as they are known, by row.

    Raises:
        ValueError: The page has no place for them.
    """
    macros: Any = templates().get_template("run.html").module
    parts = {"facts": macros.facts(facts), "notes": macros.notes(notes, settings, unknown), "head": macros.head()}

    def fill(place: re.Match[str]) -> str:
        if place[1] == "cells":
            known = costs.get(html.unescape(place[2]), {})
            return str(macros.cells(known.get("training_seconds"), known.get("images_per_second")))
        return str(parts[place[1]])

    filled, count = _PLACE.subn(fill, page)
    if not count:
        raise ValueError("the page has no place for what was measured")
    return filled
