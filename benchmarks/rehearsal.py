"""The report's protocol from download to page on stand-ins: what each stage takes, and what the whole would take.

    python -m benchmarks.rehearsal FOLDER

writes to FOLDER a file like Galaxy10's and checkpoints like those of torchvision, timm and DINO's release, serves them
from this machine over a connection that breaks twice, and runs `galaxy profile paper` in repositories of its own:

data      all 17,736 galaxies of 256 px: download, audit, split, and the control without a network, up to its metrics
networks  a subset of the galaxies through every stage, all three seeds, networks and images at full size
authors   the same with `galaxy profile paper authors`, and DINO's weights in the layout of its release

A stage that takes more memory or disk than is allowed ends the rehearsal. What was measured stays in
FOLDER/measured.json, so that parts can be run one at a time, and a part goes on where it was stopped. At the end stands
the table, in Markdown. Projections are marked as such.
"""

import argparse
import json
import re
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.breaking_server import Served, serve
from benchmarks.full_size import write_full_size
from benchmarks.rehearsal_table import write_table
from benchmarks.stage_watch import Cost, bytes_on_disk, watch
from benchmarks.stand_in_weights import write_dino_release, write_timm, write_vgg11
from galaxy.digest import file_sha256
from tests.tiny_clone import clean_environment, command, copy_work_tree, set_params

SHORT: dict[str, Any] = {
    "train.epochs": 1,
    "dino_finetune.images": 64,
    "dino_finetune.epochs": 3,
    "dino_finetune.warmup_epochs": 1,
    "dino_finetune.teacher_momentum": 0.9,
}
"""What is shorter than the protocol, which has 100 epochs of all galaxies.

With the protocol's momentum so few updates move the teacher by less than float32 resolves, which the stage refuses."""

BREAKS = [0.3, 0.7]
"""Shares of the file of galaxies after which the connection breaks."""


@dataclass(frozen=True)
class Part:
    """What is run: where, with which profiles, and which stages with those that they need."""

    clone: str
    profiles: Sequence[str]
    targets: Sequence[str]


PARTS = {
    "data": Part("full", ["paper"], ["evaluate-clusters@pixels"]),
    "networks": Part("subset", ["paper"], []),
    "authors": Part("subset", ["paper", "authors"], []),
}


def write_stand_ins(folder: Path, *, count: int, backbone: str, vgg: bool = True) -> None:
    """Write galaxies and checkpoints to `folder`, unless they are there; torchvision's VGG11 only with `vgg`."""
    if (folder / "complete").exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_full_size(folder / "galaxies.h5", count=count)
    if vgg:
        write_vgg11(folder)
    write_timm(folder, backbone)
    write_dino_release(folder, backbone)
    (folder / "complete").touch()


def make_repository(folder: Path, stand_ins: Path, *, url: str, count: int) -> None:
    """Write a repository like this one, in which addresses and hashes of published files are those of the stand-ins."""
    copy_work_tree(folder)
    galaxies = stand_ins / "galaxies.h5"
    source = folder / "galaxy" / "data" / "fetch" / "galaxy10.py"
    _replace(source, r"URLS = \(.*?\n\)", f'URLS = ("{url}/{galaxies.name}",)')
    _replace(source, r"BYTES = \S+", f"BYTES = {galaxies.stat().st_size}")
    _replace(source, r'SHA256 = "\w+"', f'SHA256 = "{file_sha256(galaxies)}"')
    _replace(folder / "galaxy" / "workbench" / "check_data.py", "= 17_736,", f"= {count},")
    for vgg in stand_ins.glob("vgg11-*.pth"):
        pretrained = folder / "galaxy" / "recipes" / "vgg_weights.py"
        _replace(pretrained, r"url = str\([^\n]*\)\n", f'url = "{url}/{vgg.name}"\n')
    (folder / "weights").mkdir()
    for path in stand_ins.glob("*.safetensors"):
        (folder / "weights" / path.name).hardlink_to(path)


def run_part(
    part: Part,
    folder: Path,
    measured: dict[str, Any],
    *,
    count: int,
    changes: Mapping[str, Any],
    memory: float,
    disk: float,
    vgg: bool = True,
) -> None:
    """Run the stages of a part that have not run yet.

    Args:
        part: What is run.
        folder: Of the rehearsal.
        measured: Receives by name of the stage what it cost, and under "" what holds for the part; stages before one
            that fails or is stopped are there, too.
        count: Galaxies.
        changes: Settings that differ from the profiles, by dotted name.
        memory: Most bytes that a stage may take.
        disk: Most bytes that the repository may take.
        vgg: Whether torchvision's VGG11, of 0.5 GB, is among the checkpoints.
    """
    clone, stand_ins = folder / part.clone, folder / f"stand-ins-{count}"
    backbone = changes.get("dino.backbone", "vit_small_patch16_224.dino")
    write_stand_ins(stand_ins, count=count, backbone=backbone, vgg=vgg)
    with serve(stand_ins, {"galaxies.h5": list(BREAKS)}) as served:
        if not (clone / ".git").is_dir():
            shutil.rmtree(clone, ignore_errors=True)
            make_repository(clone, stand_ins, url=served.url, count=count)
            command("git", "init", "--quiet", cwd=clone)
        _renew_address(clone, served)
        galaxy = [sys.executable, "-m", "galaxy.cli"]
        command(*galaxy, "profile", *part.profiles, cwd=clone)
        release = {"dino.weights": str(stand_ins / "dino_full_checkpoint.pth")} if "authors" in part.profiles else {}
        set_params(clone / "params.yaml", {**changes, **release})
        command(*galaxy, "check", cwd=clone)
        costs: dict[str, Cost] = {}
        limits = {"memory": memory, "disk": disk}
        try:
            watch(["dvc", "repro", *part.targets], costs, folder=clone, environment=clean_environment(), **limits)
        finally:
            measured |= {stage: asdict(cost) for stage, cost in costs.items()}
            before = measured.get("", {}).get("requests")
            measured[""] = {
                "disk": bytes_on_disk(clone),
                "count": count,
                "requests": before or served.starts.get("galaxies.h5", []),  # of the run that downloaded
                "params": (clone / "params.yaml").read_text(encoding="utf-8"),
                "training": _training_seconds(clone),
            }


def _renew_address(clone: Path, served: Served) -> None:
    """Write the server's port into the repository: it is another one each time.

    The stage `download` fetches nothing twice; that its code has changed would have DVC run everything again, so the
    address stays as it was once the file is there.
    """
    if (clone / "downloads" / "Galaxy10_DECals.h5").exists():
        return
    for name in ("data/fetch/galaxy10.py", "recipes/vgg_weights.py"):
        path = clone / "galaxy" / name
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"http://127\.0\.0\.1:\d+", served.url, text), encoding="utf-8")


def _training_seconds(clone: Path) -> dict[str, float]:
    """Seconds that the updates of a training took, by row, of one seed each."""
    found: dict[str, tuple[float, float]] = {}
    for path in (clone / ".state" / "runs").glob("*.json"):
        entry = json.loads(path.read_text(encoding="utf-8"))
        for row, cost in entry["costs"].items():
            if "training_seconds" in cost:
                found[row] = max(found.get(row, (0.0, 0.0)), (entry["finished"], cost["training_seconds"]))
    return {row: seconds for row, (_, seconds) in found.items()}


def _replace(path: Path, pattern: str, text: str) -> None:
    """Replace the one place of a file that matches a pattern."""
    content, times = re.subn(pattern, lambda _: text, path.read_text(encoding="utf-8"), flags=re.DOTALL)
    if times != 1:
        raise RuntimeError(f"{path} has {times} places like {pattern!r}, not one: follow its change here")
    path.write_text(content, encoding="utf-8")


def main() -> None:
    """Run the parts that are asked for, and print the table of all that have been run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parts", nargs="*", choices=list(PARTS), default=list(PARTS))
    parser.add_argument("--count", type=int, default=17_736, help="galaxies of part data")
    parser.add_argument("--subset", type=int, default=640, help="galaxies of the other parts")
    parser.add_argument("--targets", nargs="*", help="run these stages, and those that they need, instead of all")
    parser.add_argument("--memory", type=float, default=16.0, help="GB that a stage may take")
    parser.add_argument("--disk", type=float, default=40.0, help="GB that a repository may take")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # DVC and its stage are then ended, too
    record = given.folder / "measured.json"
    measured: dict[str, Any] = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
    for name in given.parts:
        part = PARTS[name] if given.targets is None else Part(PARTS[name].clone, PARTS[name].profiles, given.targets)
        count = given.count if part.clone == "full" else given.subset
        found = measured.setdefault(name, {})
        try:
            limits = {"memory": given.memory * 1e9, "disk": given.disk * 1e9}
            run_part(part, given.folder, found, count=count, changes=SHORT, **limits)
        finally:
            if found:
                record.write_text(json.dumps(measured, indent=1), encoding="utf-8")
    print(write_table(measured))


if __name__ == "__main__":
    main()
