"""Describes an imported file: what was written, and which settings of params.yaml fit it."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeGuard

from galaxy.counted import counted
from galaxy.workbench.import_pictures import Imported

COUNTS = ("kmeans.clusters", "dino_best.clusters", "dino_best.neighbours", "evaluate_clusters.neighbours")
"""Settings that count galaxies of the training split."""

DIMENSIONS = "dino_best.dimensions"
"""Setting with numbers of dimensions, the smallest of which must not exceed the galaxies of the training split."""


def fitting_settings(imported: Imported, output: Path, content: Mapping[str, Any]) -> dict[str, object]:
    """Return values for those settings of params.yaml whose present values may not fit the imported file.

    Args:
        imported: Result of the import.
        output: Path of the file that was written, as params.yaml is to name it.
        content: Content of the present params.yaml; values that are no numbers are left out.

    Returns:
        Values of the settings by their dotted keys.
    """

    def value_of(key: str) -> Any:
        section, _, name = key.partition(".")
        values = content.get(section)
        return values.get(name) if isinstance(values, Mapping) else None

    def present(key: str) -> int | None:
        return value if _is_whole(value := value_of(key)) else None

    # A tenth for validation and a fifth for the test leave seven tenths for training, of which ten batches are wanted.
    training = sum(imported.classes.values()) * 7 // 10
    batch = max(2, min(present("train.batch_size") or 64, 1 << max(1, (training // 10).bit_length() - 1)))
    half = max(2, training // 2)
    dimensions = value_of(DIMENSIONS)
    too_many = isinstance(dimensions, list) and all(map(_is_whole, dimensions)) and min(dimensions, default=0) > half
    return {
        "download.source": str(output),
        "split.size": min(present("split.size") or 64, imported.size),
        "split.crop": None,
        "train.batch_size": batch,
        "dino_finetune.images": None,
        "dino_finetune.batch_size": min(batch, 32),
        **{key: half for key in COUNTS if (value := present(key)) is not None and value > half},
        **({DIMENSIONS: [half]} if too_many else {}),
    }


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def describe_import(imported: Imported, output: Path, params: Path, content: Mapping[str, Any]) -> str:
    """Return lines that say what was written, what was left out, and which settings of params.yaml fit the file.

    Args:
        imported: Result of the import.
        output: Path of the file that was written.
        params: Path of params.yaml, in which paths count from its folder.
        content: Content of params.yaml; empty if there is none.
    """
    count = sum(imported.classes.values())
    lines = [f"{output}: {counted(count, 'galaxy')} of {imported.size} px in {counted(len(imported.classes), 'class')}"]
    lines += [f"  {label} {name}: {number}" for label, (name, number) in enumerate(imported.classes.items())]
    if few := [name for name, number in imported.classes.items() if number < 3]:
        lines.append(f"The split needs 3 galaxies of each class: add some to {', '.join(few)}, or import without them.")
    if imported.unreadable:
        lines.append(f"Left out: {counted(len(imported.unreadable), 'picture')}")
        lines += [f"  {name}: {reason}" for name, reason in imported.unreadable[:20]]
    lines.append(f"Settings that fit this file in {params}:")
    fitting = fitting_settings(imported, _as_in(params, output), content)
    lines += [f"  {key}: {json.dumps(value)}" for key, value in fitting.items()]
    return "\n".join(lines)


def _as_in(params: Path, output: Path) -> Path:
    """Return the path by which params.yaml names a file: relative to its folder if the given path is relative."""
    return output if output.is_absolute() else Path(os.path.relpath(output, params.parent))
