"""Advises how to restore files that differ from what the pipeline wrote.

`dvc checkout` alone is not enough: it asks before it replaces a changed file, and does not notice a change that keeps
size and time. If the cache of DVC shares the file by a link, the copy in the cache has changed as well.
"""

import json
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from galaxy.workbench.file_md5 import file_md5
from galaxy.workbench.locked_stages import locked_stages
from galaxy.workbench.queue_advice import cache_folder


def restore_advice(root: Path, names: Sequence[str]) -> str:
    """Return the commands that restore files from DVC's cache, or by their stages if the cache has no good copy.

    Args:
        root: Root of the repository.
        names: Paths of the files, relative to the root.
    """
    cache = Path(cache_folder(root)) / "files" / "md5"
    recorded = _recorded(root, cache)
    present = [name for name in names if os.path.lexists(root / name)]
    damaged = []
    again = False
    for name in names:
        copy = _object(cache, recorded[name]) if name in recorded else None
        if copy is None or not copy.is_file():
            again = True
        elif file_md5(copy) != recorded[name]:
            damaged.append(str(copy))
            again = True
    remove = [f"`{shlex.join(['rm', '-f', *present, *damaged])}`"] if present or damaged else []
    if not again:
        return " and then ".join([*remove, "`dvc checkout`"]) + f" in {root} brings them back"
    there = "DVC's cache has no good copy of all of them: "
    return there + " and then ".join([*remove, "`dvc repro`"]) + f" in {root} makes them again"


def _object(cache: Path, md5: str) -> Path:
    return cache / md5[:2] / md5[2:]


def _recorded(root: Path, cache: Path) -> dict[str, str]:
    """Return the MD5 that dvc.lock records of each file, those in folders included where the cache lists them."""
    found: dict[str, str] = {}
    for out in (out for stage in locked_stages(root).values() for out in stage.get("outs", []) if "md5" in out):
        if not out["md5"].endswith(".dir"):
            found[out["path"]] = out["md5"]
            continue
        try:
            listed = json.loads(_object(cache, out["md5"]).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        found |= {f"{out['path']}/{file['relpath']}": file["md5"] for file in listed}
    return found
