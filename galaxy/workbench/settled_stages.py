"""Which stages DVC will leave as they are, told from dvc.lock, so that nothing is missed that only they read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galaxy.workbench.file_md5 import file_md5
from galaxy.workbench.params_file import load_params


def settled_stages(folder: Path, params: Mapping[Any, Any]) -> set[str]:
    """Return the names of the stages whose settings and code are those in dvc.lock and whose outs are here.

    After `dvc pull` on another machine, for instance, these are all, and neither the data set nor published weights are
    read again. Whether a stage's other input files have changed is not looked at.

    Args:
        folder: Folder of dvc.lock and the outs.
        params: The content of params.yaml.
    """
    if not (folder / "dvc.lock").is_file():
        return set()
    stages: dict[str, Any] = load_params(folder / "dvc.lock").get("stages") or {}
    found = set()
    for name, stage in stages.items():
        recorded = stage.get("params", {}).get("params.yaml", {})
        code = [entry for entry in stage.get("deps", []) if entry["path"].startswith("code/")]
        if (
            all(_value(params, key) == value for key, value in recorded.items())
            and all(_is(folder / entry["path"], entry["md5"]) for entry in code)
            and all((folder / out["path"]).exists() for out in stage.get("outs", []))
        ):
            found.add(name)
    return found


def _value(params: Any, key: str) -> Any:
    for part in key.split("."):
        params = params.get(part) if isinstance(params, Mapping) else None
    return params


def _is(path: Path, md5: str) -> bool:
    return path.is_file() and file_md5(path) == md5
