"""Describes an import: what was written, and which settings of params.yaml fit the file."""

import json
from pathlib import Path
from typing import Any

from galaxy.workbench.import_pictures import Imported
from galaxy.workbench.params_file import read_params


def fitting_settings(imported: Imported, output: Path, *, size: int, batch_size: int) -> dict[str, object]:
    """Settings of params.yaml that fit the imported file, where the present ones may not.

    Args:
        imported: What was written.
        output: The file.
        size: The present `split.size`.
        batch_size: The present `train.batch_size`.

    Returns:
        Dotted keys and their values.
    """
    # A tenth for validation and a fifth for the test leave seven tenths for training, of which ten batches are wanted.
    training = sum(imported.classes.values()) * 7 // 10
    batch = max(2, min(batch_size, 1 << max(1, (training // 10).bit_length() - 1)))
    return {
        "download.source": str(output),
        "split.size": min(size, imported.size),
        "split.crop": None,
        "train.batch_size": batch,
        "dino_finetune.images": None,
        "dino_finetune.batch_size": min(batch, 32),
    }


def describe(imported: Imported, output: Path, params: Path) -> str:
    """Lines that say what was written, what was left out, and which settings of params.yaml fit the file."""
    content: dict[str, Any] = read_params(params) if params.exists() else {}
    size = content.get("split", {}).get("size", 64)
    batch_size = content.get("train", {}).get("batch_size", 64)
    count = sum(imported.classes.values())
    lines = [f"{output}: {count} galaxies of {imported.size} px in {len(imported.classes)} classes"]
    lines += [f"  {label} {name}: {number}" for label, (name, number) in enumerate(imported.classes.items())]
    if few := [name for name, number in imported.classes.items() if number < 3]:
        lines.append(f"The split needs 3 galaxies of each class: add some to {', '.join(few)}, or import without them.")
    if imported.unreadable:
        lines.append(f"{len(imported.unreadable)} pictures were left out:")
        lines += [f"  {name}: {reason}" for name, reason in imported.unreadable[:20]]
    lines.append(f"Settings that fit this file in {params}:")
    fitting = fitting_settings(imported, output, size=size, batch_size=batch_size)
    lines += [f"  {key}: {json.dumps(value)}" for key, value in fitting.items()]
    return "\n".join(lines)
