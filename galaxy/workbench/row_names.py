"""Checks the names of rows of the table, which become names of DVC's stages, of files and of keys."""

import re
from collections.abc import Collection, Mapping
from typing import Any

OWN = ("audit", "dino-lora", "dino-best")
"""Names of files that the pipeline writes in the same folders as those of the rows."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")

_LONGEST = 100
"""Largest number of letters in a name. The names of files add to it, and file systems allow 255 letters."""


def row_problems(params: Mapping[Any, Any]) -> list[str]:
    """Return one line for each row of `models` whose name DVC or the pipeline cannot use."""
    models = params.get("models")
    rows = models if isinstance(models, Mapping) else {}
    lines = []
    for row, entry in rows.items():
        if not isinstance(row, str) or not _NAME.fullmatch(row):
            stays = ", the model itself stays in `name`" if isinstance(entry, Mapping) and "name" in entry else ""
            lines.append(
                f"models has {row!r}; a row is named by a letter, then letters, digits, - and _: call it "
                f"{suggestion(row, rows)!r}{stays}"
            )
        elif len(row) > _LONGEST:
            lines.append(f"models has {row!r} of {len(row)} letters; a row's name has at most {_LONGEST}: shorten it")
        elif row in OWN or row.endswith("-kmeans"):
            lines.append(f"models has {row!r}, a name that the pipeline uses itself; choose another")
    return lines


def suggestion(row: object, taken: Collection[object]) -> str:
    """Return an allowed name that resembles `row` and is not taken."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", str(row))[: _LONGEST // 2].strip("-")
    # YAML would read a word such as `true` as another type again, so it becomes `row-True`.
    name = plain if isinstance(row, str) and _NAME.fullmatch(plain) else f"row-{plain}".rstrip("-")
    while name in OWN or name in taken or name.endswith("-kmeans"):
        name += "-2"
    return name
