"""Reads what dvc.lock records of each stage."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galaxy.errors import InputError
from galaxy.workbench.params_file import load_params


def locked_stages(root: Path) -> Mapping[str, Any]:
    """Return what dvc.lock records of each stage, by the stage's name; nothing before the first run.

    The caller must not change it.

    Args:
        root: Folder of dvc.lock.

    Raises:
        InputError: If the file is damaged, as by a merge that was not finished.
    """
    path = root / "dvc.lock"
    if not path.is_file():
        return {}
    remedy = "finish an open merge, or restore the file with git checkout"
    try:
        stages = load_params(path, sections=("schema", "stages")).get("stages", {})
    except InputError as error:
        raise InputError(f"{error}; {remedy}") from None
    if not isinstance(stages, Mapping) or not all(isinstance(stage, Mapping) for stage in stages.values()):
        raise InputError(f"{path} has no mapping of stages; {remedy}")
    return stages
