"""Writes results that depend on the machine to a file beside the page, which is the same on every machine."""

import json
from collections.abc import Mapping, Sequence

from galaxy.report.page import page_digest
from galaxy.report.quantities import duration

FILE = "machine.js"
"""Name of the file beside index.html. It is a script, because a page opened from a disk may load no JSON files."""


def machine_script(
    page: str,
    *,
    facts: Sequence[tuple[str, str]],
    notes: Sequence[str],
    settings: Sequence[tuple[str, str, str]],
    training: Mapping[str, float],
    galaxies_map: str | None = None,
    label_study: str | None = None,
) -> str:
    """Return the text of machine.js for a page.

    The page shows the content only if it names the digest of the page, so that results of one run are never shown with
    durations of another.

    Args:
        page: Text of index.html.
        facts: Names and values about the run, such as its commit and its machine.
        notes: Sentences below the facts.
        settings: Names of settings that differ from the report's protocol, with their values here and there.
        training: Seconds that one training took, by row.
        galaxies_map: Name of the file beside the page with a map of its test galaxies; None if there is none.
        label_study: HTML of the study of the number of labels, see `galaxy.report.study_page.study_section`; None if
            there is none of this page's galaxies.

    Raises:
        ValueError: If the page has no digest.
    """
    content = {
        "page": page_digest(page),
        "facts": facts,
        "notes": notes,
        "settings": settings,
        "training": {row: [duration(seconds), seconds] for row, seconds in training.items()},
        "map": galaxies_map,
        "labels": label_study,
    }
    return f"window.machine = {json.dumps(content, indent=1)};\n"
