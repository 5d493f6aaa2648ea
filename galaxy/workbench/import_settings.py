"""Describes an imported file: what was written, and which settings of params.yaml fit it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galaxy.counted import counted
from galaxy.workbench.import_pictures import Imported
from galaxy.workbench.params_file import read_params

COUNTS = ("kmeans.clusters", "dino_best.clusters", "dino_best.neighbours", "evaluate_clusters.neighbours")
"""Settings that count galaxies of the training split."""


def fitting_settings(imported: Imported, output: Path, content: Mapping[str, Any]) -> dict[str, object]:
    """Return values for those settings of params.yaml whose present values may not fit the imported file.

    Args:
        imported: Result of the import.
        output: Path of the file that was written.
        content: Content of the present params.yaml.

    Returns:
        Values of the settings by their dotted keys.
    """

    def present(key: str) -> Any:
        section, _, name = key.partition(".")
        return (content.get(section) or {}).get(name)

    # A tenth for validation and a fifth for the test leave seven tenths for training, of which ten batches are wanted.
    training = sum(imported.classes.values()) * 7 // 10
    batch = max(2, min(present("train.batch_size") or 64, 1 << max(1, (training // 10).bit_length() - 1)))
    half = max(2, training // 2)
    return {
        "download.source": str(output),
        "split.size": min(present("split.size") or 64, imported.size),
        "split.crop": None,
        "train.batch_size": batch,
        "dino_finetune.images": None,
        "dino_finetune.batch_size": min(batch, 32),
        **{key: half for key in COUNTS if isinstance(value := present(key), int) and value > half},
    }


def describe_import(imported: Imported, output: Path, params: Path) -> str:
    """Return lines that say what was written, what was left out, and which settings of params.yaml fit the file."""
    content: dict[str, Any] = read_params(params) if params.exists() else {}
    count = sum(imported.classes.values())
    lines = [f"{output}: {counted(count, 'galaxy')} of {imported.size} px in {counted(len(imported.classes), 'class')}"]
    lines += [f"  {label} {name}: {number}" for label, (name, number) in enumerate(imported.classes.items())]
    if few := [name for name, number in imported.classes.items() if number < 3]:
        lines.append(f"The split needs 3 galaxies of each class: add some to {', '.join(few)}, or import without them.")
    if imported.unreadable:
        lines.append(f"Left out: {counted(len(imported.unreadable), 'picture')}")
        lines += [f"  {name}: {reason}" for name, reason in imported.unreadable[:20]]
    lines.append(f"Settings that fit this file in {params}:")
    fitting = fitting_settings(imported, output, content)
    lines += [f"  {key}: {json.dumps(value)}" for key, value in fitting.items()]
    return "\n".join(lines)
