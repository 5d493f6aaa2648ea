"""Finds in dvc.lock the stages that DVC will not run, whose input files are therefore not needed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galaxy.workbench.file_md5 import file_md5
from galaxy.workbench.locked_stages import locked_stages


def settled_stages(folder: Path, params: Mapping[Any, Any]) -> set[str]:
    """Return the names of the stages that DVC will not run, unless an earlier stage changes their inputs.

    Settings, code and the files that params.yaml names for such a stage are those in dvc.lock, and its outs exist.
    After `dvc pull` on another machine, for instance, these are all stages, and neither the data set nor published
    weights are read again.

    Args:
        folder: Folder of dvc.lock and the outs.
        params: The content of params.yaml.
    """
    found = set()
    for name, stage in locked_stages(folder).items():
        recorded = stage.get("params", {}).get("params.yaml", {})
        own = [entry for entry in stage.get("deps", []) if entry["path"].startswith(("code/", "inputs/"))]
        if (
            all(_value(params, key) == value for key, value in recorded.items())
            and all(_is(folder / entry["path"], entry) for entry in own)
            and all((folder / out["path"]).exists() for out in stage.get("outs", []))
        ):
            found.add(name)
    return found


def _value(params: Any, key: str) -> Any:
    for part in key.split("."):
        params = params.get(part) if isinstance(params, Mapping) else None
    return params


def _is(path: Path, entry: Mapping[str, Any]) -> bool:
    if not path.is_file():
        # A fresh clone has none of them: stage `inputs` writes its links and words before other stages read them.
        return entry["path"].startswith("inputs/") and not path.is_symlink()
    same_size = entry.get("size") in (None, path.stat().st_size)  # compared first, because a hash may read gigabytes
    return same_size and file_md5(path) == entry["md5"]
