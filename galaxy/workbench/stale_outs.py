"""Outs that stages of an earlier params.yaml or dvc.yaml have left behind.

A row that is taken out of `models` leaves its files where stages that read whole folders find them, and where a fresh
clone has none. dvc.lock still knows which files they are; DVC's cache keeps their content.
"""

import itertools
import shutil
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from galaxy.workbench.params_file import read_params


def leftovers(root: Path) -> list[Path]:
    """Existing outs, relative to `root`, of stages in dvc.lock that dvc.yaml does not have any more, sorted."""
    if not (root / "dvc.lock").is_file():
        return []
    yaml = YAML(typ="safe")
    stages: dict[str, Any] = yaml.load(root / "dvc.yaml")["stages"]
    lock: dict[str, Any] = (yaml.load(root / "dvc.lock") or {}).get("stages") or {}
    models = list(read_params(root / "params.yaml").get("models") or {})
    present = {full for name, stage in stages.items() for full in _full_names(name, stage, models)}
    made = {out["path"] for name in present & set(lock) for out in lock[name].get("outs", [])}
    left = {out["path"] for name in set(lock) - present for out in lock[name].get("outs", [])}
    return sorted(Path(path) for path in left - made if (root / path).exists())


def remove_leftovers(root: Path) -> list[Path]:
    """Remove them; returns what is gone."""
    found = leftovers(root)
    for path in found:
        shutil.rmtree(root / path) if (root / path).is_dir() else (root / path).unlink()
    return found


def _full_names(name: str, stage: dict[str, Any], models: list[str]) -> list[str]:
    """Names of a stage in dvc.lock: its own, or one for each item of its matrix, as DVC forms them."""
    if "matrix" not in stage:
        return [name]
    columns = [models if values == "${models}" else values for values in stage["matrix"].values()]
    return [f"{name}@{'-'.join(map(str, items))}" for items in itertools.product(*columns)]
