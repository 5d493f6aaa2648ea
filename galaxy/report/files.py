"""Files of the page that belong to no row of the table, and what reading any of its files shares."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from galaxy.errors import InputError
from galaxy.recipes.evaluate_inputs import read_arrays
from galaxy.report.row_forms import Audit, check_form


def read_audit(path: Path) -> dict[str, Any]:
    """metrics/audit.json, or nothing where data was not audited.

    Raises:
        InputError: the file is damaged or lacks what the page speaks of.
    """
    if not path.exists():
        return {}
    content = read_json(path)
    check_form(path, content, Audit, stage="audit")
    return content


def read_history(path: Path) -> list[dict[str, float]]:
    """Records of a history file; none where there is no file.

    Raises:
        InputError: a value is no number, or epochs are not named.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        try:
            records = [{key: float(value) for key, value in record.items()} for record in csv.DictReader(file)]
        except (ValueError, TypeError) as error:
            raise InputError(f"{path} is no history of a training ({error}); train the row again") from None
    if not all(record.get("epoch", -1.0) >= 0 for record in records):
        raise InputError(f"{path} lacks epochs that count from 0; train the row again")
    return records


def read_attention(folder: Path) -> dict[str, dict[str, Any]]:
    """Attention maps by features, plain before tuned before random.

    Raises:
        InputError: a file is damaged or shows other galaxies than the first.
    """
    order = ("dino", "dino-lora", "random-init")
    found = {path.stem: path for path in sorted(folder.glob("*.npz"))} if folder.is_dir() else {}
    names = [name for name in order if name in found] + [name for name in found if name not in order]
    maps = {name: read_arrays(found[name], ("id", "image", "attention")) for name in names}
    first = next(iter(maps.values()), None)
    for name, arrays in maps.items():
        count, image, attention = len(arrays["id"]), arrays["image"], arrays["attention"]
        if image.shape[:1] + image.shape[3:] != (count, 3) or image.dtype != np.uint8:
            raise InputError(
                f"{found[name]}: image is {image.shape} {image.dtype}, not (n, s, s, 3) uint8; embed again"
            )
        if attention.ndim != 4 or len(attention) != count or not np.isfinite(attention).all():
            raise InputError(f"{found[name]}: attention is {attention.shape}, not (n, H, P, P) finite; embed again")
        if first is not None and not np.array_equal(arrays["id"], first["id"]):
            raise InputError(f"{found[name]} shows other galaxies than {found[names[0]]}; embed again")
    return maps


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
        InputError: the file is missing, no JSON, or no object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; run the stage that writes it (dvc repro)") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} is no readable JSON ({' '.join(str(error).split())}); run its stage again") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} holds {type(content).__name__}, not an object; run its stage again")
    return content
