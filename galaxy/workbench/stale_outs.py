"""Finds and removes outs that stages of an earlier params.yaml or dvc.yaml have left behind.

If a row is removed from `models`, its files stay, and stages that read whole folders would read them. dvc.lock still
names these files, and DVC's cache has their content.
"""

import hashlib
import itertools
import json
import shutil
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from galaxy.errors import InputError
from galaxy.workbench.locked_stages import locked_stages
from galaxy.workbench.params_file import read_params


def leftovers(root: Path) -> dict[Path, str]:
    """Return the existing outs of stages that are in dvc.lock but not in dvc.yaml, sorted, with their recorded MD5.

    Paths are relative to `root`.

    Raises:
        InputError: If dvc.lock or params.yaml cannot be read, or params.yaml names no row.
    """
    lock = locked_stages(root)
    if not lock:
        return {}
    stages: dict[str, Any] = YAML(typ="safe").load(root / "dvc.yaml")["stages"]
    rows = read_params(root / "params.yaml").get("models")
    if not isinstance(rows, dict) or not rows:
        raise InputError(
            f"models in {root / 'params.yaml'} names no row, so that the files of all rows would be removed; give at "
            "least one row"
        )
    models = list(rows)
    present = {full for name, stage in stages.items() for full in _full_names(name, stage, models)}
    made = {out["path"] for name in present & set(lock) for out in lock[name].get("outs", [])}
    left = {out["path"]: out.get("md5", "") for name in set(lock) - present for out in lock[name].get("outs", [])}
    return {Path(path): left[path] for path in sorted(set(left) - made) if (root / path).exists()}


def remove_stale_outs(root: Path) -> tuple[list[Path], list[Path]]:
    """Remove stale outs that still have the content that their stage wrote, which DVC's cache has.

    Returns:
        The outs that were removed, and those that stay because a person has changed them or added files.

    Raises:
        InputError: If dvc.lock or params.yaml cannot be read, or params.yaml names no row.
    """
    gone, kept = [], []
    for path, recorded in leftovers(root).items():
        if recorded != _md5(root / path):
            kept.append(path)
            continue
        shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()
        gone.append(path)
    return gone, kept


def _md5(path: Path) -> str:
    """Return the MD5 of a file or folder as DVC records it."""
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "md5").hexdigest()
    files = sorted((file.relative_to(path).as_posix(), file) for file in path.rglob("*") if file.is_file())
    listed = json.dumps([{"md5": _md5(file), "relpath": name} for name, file in files], sort_keys=True)
    return f"{hashlib.md5(listed.encode(), usedforsecurity=False).hexdigest()}.dir"


def _full_names(name: str, stage: dict[str, Any], models: list[str]) -> list[str]:
    """Return the names of a stage in dvc.lock: its own name, or one for each item of its matrix, as DVC forms them."""
    if "matrix" not in stage:
        return [name]
    columns = [models if values == "${models}" else values for values in stage["matrix"].values()]
    return [f"{name}@{'-'.join(map(str, items))}" for items in itertools.product(*columns)]
