"""Records what a stage cost on this machine: one small file in `.state/runs` for each run of a stage.

None of this may be in an out, because outs have the same bytes in every clone. An entry is only valid together with the
outs that the stage wrote: `matching_entries` compares them by fingerprint, so that the cost of one computation is never
shown with the results of another.
"""

import glob
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from galaxy.atomic import write_text
from galaxy.cores import usable_cores
from galaxy.tracking.spool import find_root
from galaxy.workbench.stage_run import commit_tags

FOLDER = Path(".state") / "runs"
KEPT = 50
"""Number of entries that are kept for each stage; older ones are removed."""

_BLOCK, _BLOCKS = 1 << 16, 16  # size in bytes and number of the blocks of a file that are hashed
_PACKAGES = ("torch", "torchvision", "timm", "sklearn", "numpy", "scipy", "h5py")

_costs: dict[str, dict[str, float]] = {}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One run of one stage."""

    stage: str
    finished: float
    """Time at which the stage ended, in seconds since 1970."""
    seconds: float
    """Wall time of the stage."""
    outs: Mapping[str, str]
    """Fingerprints by path, relative to the repository."""
    costs: Mapping[str, Mapping[str, float]]
    """`training_seconds` and `images_per_second`, by the name of the row or features."""
    origin: Mapping[str, str]
    """The tags `commit`, `uncommitted_changes` and `dvc_exp`, those that are known."""
    machine: str
    versions: Mapping[str, str]
    """Versions of Python and of the packages that the stage had imported, by name."""


def record_cost(name: str, **values: float) -> None:
    """Add costs of a row, or of features, to the entry of the stage that runs in this process."""
    _costs.setdefault(name, {}).update(values)


def record(stage: str, outs: Iterable[Path], *, seconds: float, params_path: Path) -> None:
    """Write the entry of a stage that has just written `outs`; do nothing if the folder cannot be written.

    Args:
        stage: Name of the stage.
        outs: Files and folders that the stage has written.
        seconds: Wall time of the stage.
        params_path: The params.yaml of the repository.
    """
    found = {path.as_posix(): fingerprint(path) for path in outs if path.exists()}
    origin = commit_tags(params_path.resolve().parent)
    if experiment := os.environ.get("DVC_EXP_NAME"):
        origin["dvc_exp"] = experiment
    entry = Entry(
        stage=stage,
        finished=time.time(),
        seconds=seconds,
        outs=found,
        costs=_costs,
        origin=origin,
        machine=machine(),
        versions=_versions(),
    )
    folder, stem = find_root(params_path) / FOLDER, stage.replace("/", "_")
    name = hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:12]
    try:
        write_text(folder / f"{stem}-{name}.json", json.dumps(asdict(entry), indent=1) + "\n")
        others = folder.glob(f"{glob.escape(stem)}-{'[0-9a-f]' * len(name)}.json")
        for old in sorted(others, key=lambda path: -path.stat().st_mtime)[KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:
        return  # results do not depend on the entry, and the page says which stages were not recorded


def matching_entries(root: Path) -> list[Entry]:
    """Return the newest entry for each set of outs that is in `root` now, in the order in which the stages ended."""
    prints: dict[str, str] = {}
    found: dict[tuple[str, ...], Entry] = {}
    for path in (root / FOLDER).glob("*.json"):
        try:
            entry = Entry(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            continue  # written by another version
        for name in entry.outs:
            if name not in prints:
                prints[name] = fingerprint(root / name) if (root / name).exists() else ""
        key = tuple(entry.outs)
        here = key and all(prints[name] == digest for name, digest in entry.outs.items())
        if here and (key not in found or entry.finished > found[key].finished):
            found[key] = entry
    return sorted(found.values(), key=lambda entry: entry.finished)


def fingerprint(path: Path) -> str:
    """Return a hash of names, sizes and some blocks of a file, or of all files in a folder except hidden ones.

    Sixteen blocks spread over a file are enough to tell the files of one computation from those of another, and take
    milliseconds. They do not find a single flipped bit; `galaxy verify` does.
    """
    digest = hashlib.sha256()
    files = [path] if path.is_file() else sorted(file for file in path.rglob("[!.]*") if file.is_file())
    for file in files:
        size = file.stat().st_size
        digest.update(f"{file.relative_to(path).as_posix()} {size}\n".encode())
        with file.open("rb") as opened:
            for block in range(_BLOCKS):
                if size > _BLOCK * _BLOCKS:
                    opened.seek(block * (size - _BLOCK) // (_BLOCKS - 1))
                digest.update(opened.read(_BLOCK))
    return digest.hexdigest()


def machine() -> str:
    """Return processor, cores, memory, accelerator and system in words."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    except OSError:
        pass
    cores = usable_cores()
    parts = [name, f"{cores} core{'s' if cores != 1 else ''}"]
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        parts.append(f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB")
    torch: Any = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        parts.append(torch.cuda.get_device_name())
    return ", ".join([*parts, platform.system()])


def _versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for name in _PACKAGES:
        if version := getattr(sys.modules.get(name), "__version__", None):
            found["scikit-learn" if name == "sklearn" else name] = str(version)
    return found
