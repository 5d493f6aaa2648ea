"""Reads and checks the files of the page that do not belong to a single row."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from galaxy.errors import InputError
from galaxy.npz import read_npz
from galaxy.report.cluster_results import Form

ATTENTION_ORDER = ("dino", "dino-lora", "random-init")
"""Order in which features with attention maps are shown; further features follow."""

F = TypeVar("F", bound=Form)


class Audit(Form):
    """The part of metrics/audit.json that the page shows."""

    galaxies: int
    size: int
    sha256: str = ""
    classes: dict[str, int]
    published_classes: dict[str, int] = Field(default={})
    counts_as_published: bool = False
    sorted_by_class: bool = False
    same_position: int | None = None
    same_position_conflicting: int | None = None
    within_10_arcsec: int | None = None
    near_identical: int | None = None
    near_identical_conflicting: int | None = None
    blank: int | None = None
    saturated: int | None = None
    truncated: int | None = None
    unusable_redshift: int | None = None
    unusable_ra: int | None = None


def read_audit(path: Path) -> Audit | None:
    """Read metrics/audit.json.

    Returns:
        The audit, or None if there is no such file.

    Raises:
        InputError: If the file is damaged, or a count is missing or of another type.
    """
    return parse(path, read_json(path), Audit, stage="download") if path.exists() else None


def read_history(path: Path) -> list[dict[str, float]]:
    """Read the history of a training.

    Returns:
        One record for each seed and epoch; an empty list if there is no such file.

    Raises:
        InputError: If a value is not a number, or epochs are missing.
    """
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        try:
            records = [{key: float(value) for key, value in record.items()} for record in csv.DictReader(file)]
        except (ValueError, TypeError) as error:
            raise InputError(f"{path} is not the history of a training ({error}); train the row again") from None
    if not all(record.get("epoch", -1.0) >= 0 for record in records):
        raise InputError(f"{path} does not have the epochs 0, 1, 2 and so on; train the row again")
    return records


def read_attention(folder: Path) -> dict[str, dict[str, NDArray[Any]]]:
    """Read the attention maps of all features in a folder.

    Returns:
        For each set of features, `id` (n,), `image` (n, s, s, 3) uint8 and `attention` (n, heads, h, w).

    Raises:
        InputError: If a file is damaged or shows other galaxies than the first one.
    """
    found = {path.stem: path for path in sorted(folder.glob("*.npz"))} if folder.is_dir() else {}
    names = [name for name in ATTENTION_ORDER if name in found] + [
        name for name in found if name not in ATTENTION_ORDER
    ]
    maps: dict[str, dict[str, NDArray[Any]]] = {
        name: dict(read_npz(found[name], ("id", "image", "attention"), writer="the stage embed")) for name in names
    }
    for name, arrays in maps.items():
        if problem := _attention_problem(arrays):
            raise InputError(f"{found[name]}: {problem}; run the stage embed again")
        if not np.array_equal(arrays["id"], maps[names[0]]["id"]):
            raise InputError(f"{found[name]} contains other galaxies than {found[names[0]]}; run the stage embed again")
    return maps


def _attention_problem(arrays: Mapping[str, NDArray[Any]]) -> str | None:
    count, image, attention = len(arrays["id"]), arrays["image"], arrays["attention"]
    if image.shape[:1] + image.shape[3:] != (count, 3) or image.dtype != np.uint8:
        return f"image is {image.shape} {image.dtype}, not (n, s, s, 3) uint8"
    if attention.ndim != 4 or len(attention) != count or not np.isfinite(attention).all():
        return f"attention is {attention.shape}, not (n, heads, h, w) and finite"
    return None


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        InputError: If the file is missing, is not JSON, or does not hold an object.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; run the stage that writes it (dvc repro)") from None
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} cannot be read as JSON ({reason}); run its stage again") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} contains {type(content).__name__}, not an object; run its stage again")
    return content


def parse(path: Path, content: dict[str, Any], form: type[F], *, stage: str) -> F:
    """Check the content of a file and convert it to the class `form`.

    Args:
        path: Path of the file, for messages.
        content: Content of the file.
        form: Class to convert to.
        stage: Name of the stage that writes the file, for messages.

    Returns:
        An instance of `form`.

    Raises:
        InputError: If a value is missing or of another type.
    """
    try:
        return form.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        reason = reason[:1].lower() + reason[1:]
        more = f" and {error.error_count() - 1} more" if error.error_count() > 1 else ""
        raise InputError(
            f"{path}: {f'{place}: ' if place else ''}{reason}{more}; run the stage {stage} again"
        ) from None
