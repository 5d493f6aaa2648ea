"""Sorts dvc.lock, so that the order of its stages does not depend on which of them finished first."""

import re
from collections.abc import Sequence
from pathlib import Path

from galaxy.atomic import write_text
from galaxy.workbench.dvc_commands import dvc


def lock_stages(root: Path) -> list[str]:
    """Return the names of the stages in dvc.lock, in the order of the file."""
    lock = root / "dvc.lock"
    return re.findall(r"^  ([\w@.-]+):$", lock.read_text("utf-8") if lock.is_file() else "", re.MULTILINE)


def order_lock(root: Path, before: Sequence[str]) -> None:
    """Sort new stages of dvc.lock in the order in which `dvc repro` runs them; DVC appends each when it is done."""
    new = set(lock_stages(root)) - set(before)
    if len(new) < 2:
        return
    serial = re.findall(r"^Running stage '([^']+)'", dvc("repro", "--force", "--dry", cwd=root), re.MULTILINE)
    head, *blocks = re.split(r"^(?=  [\w@.-]+:$)", (root / "dvc.lock").read_text(encoding="utf-8"), flags=re.MULTILINE)
    by_name = {block.partition(":")[0].strip(): block for block in blocks}
    order = dict.fromkeys([*before, *(name for name in serial if name in new), *by_name])  # none may be lost
    write_text(root / "dvc.lock", head + "".join(by_name[name] for name in order if name in by_name))
