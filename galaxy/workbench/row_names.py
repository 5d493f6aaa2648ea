"""Checks the names of rows of the table, which become names of DVC's stages, of files and of keys."""

import re
from collections.abc import Mapping
from typing import Any

OWN = ("audit", "dino-lora", "dino-best")
"""Names of files that the pipeline writes beside those of the rows."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def row_problems(params: Mapping[Any, Any]) -> list[str]:
    """Return one line for each row of `models` whose name DVC or the pipeline cannot use."""
    models = params.get("models")
    lines = []
    for row in models if isinstance(models, Mapping) else ():
        if not isinstance(row, str) or not _NAME.fullmatch(row):
            advice = suggestion(str(row))
            lines.append(
                f"models has {row!r}; a row is named by a letter, then letters, digits, - and _: call it {advice!r}, "
                "the model itself stays in `name`"
            )
        elif row in OWN or row.endswith("-kmeans"):
            lines.append(f"models has {row!r}, a name that the pipeline uses itself; choose another")
    return lines


def suggestion(row: str) -> str:
    """Return an allowed name that resembles `row`."""
    plain = re.sub(r"[^A-Za-z0-9_-]+", "-", row).strip("-")
    return plain if _NAME.fullmatch(plain) else f"row-{plain}".rstrip("-")
