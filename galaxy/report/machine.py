"""What was measured on one machine, in a file beside the page, which itself has the same bytes on every machine."""

import json
from collections.abc import Mapping, Sequence

from galaxy.report.page import page_digest
from galaxy.report.quantities import duration

FILE = "machine.js"
"""Name of the file beside index.html. It is a script and not JSON because pages opened from a disk may load scripts."""


def machine_script(
    page: str,
    *,
    facts: Sequence[tuple[str, str]],
    notes: Sequence[str],
    settings: Sequence[tuple[str, str, str]],
    training: Mapping[str, float],
    galaxies_map: str | None = None,
) -> str:
    """Return the text of machine.js for a page.

    The page shows it only where its digest is the page's, so figures of one run never stand beside costs of another.

    Args:
        page: Text of index.html.
        facts: Names and values about the run, such as its commit and its machine.
        notes: Sentences below them.
        settings: Names of settings that differ from the report's protocol, with their values here and there.
        training: Seconds that one training took, by row.
        galaxies_map: Name of the file beside the page that maps its test galaxies; None where there is none.

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
    }
    return f"window.machine = {json.dumps(content, indent=1)};\n"
