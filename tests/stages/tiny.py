"""A few distinguishable images in the files that `stages.split` writes, and trainings on them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import TypeAdapter

from galaxy.data.class_names import write_class_names
from galaxy.data.manifest import Manifest, galaxy_ids, read_manifest, write_manifest
from galaxy.data.store import IMAGES, open_store
from galaxy.digest import file_sha256, value_sha256
from galaxy.recipes.network import NetworkPlan, plan_network
from galaxy.recipes.supervised import train_row
from galaxy.recipes.tracker import NoTracker
from galaxy.sections.models import ModelEntry
from galaxy.sections.train import TrainSection
from galaxy.training.distributed import World

_ALONE = World()
COUNT, SIZE, CLASSES = 61, 32, ("dark", "bright", "striped")

SECTION: dict[str, Any] = {
    "lr": 1e-3,
    "lr_min": 1e-6,
    "epochs": 3,
    "batch_size": 8,
    "seeds": [0],
    "weight_decay": 0.01,
    "keep": "last",
    "warmup_epochs": 0,
    "patience": None,
    "clip_norm": None,
    "flips": False,
    "rotations": False,
    "mixup": 0.0,
    "label_smoothing": 0.0,
    "class_weights": None,
    "average": None,
    "compile": False,
}
VGG: dict[str, Any] = {"kind": "vgg", "channels": 8, "grid": 1, "head": [16]}
ENTRIES: dict[str, dict[str, Any]] = {
    "scratch": {**VGG, "init": "normal"},
    "deep": {**VGG, "freeze": 4, "reinit": 4},
    "shallow": {**VGG, "freeze": 8},
    "custom": {"kind": "custom", "channels": 8, "head": [16]},
    "timm": {"kind": "timm", "name": "resnet10t", "tune": "head"},
}
EFFICIENT: dict[str, Any] = {"kind": "timm", "name": "test_efficientnet"}
"""Its batch normalisations include the activation."""


class Notes(NoTracker):
    """A tracker that keeps the points of the learning curves."""

    def __init__(self) -> None:
        self.logged: list[dict[str, float | None]] = []

    def log(self, values: Mapping[str, float], *, step: int, seed: int | None = None) -> None:
        self.logged.append({**values, "step": step, "seed": seed})


def write_tiny(folder: Path) -> None:
    rng = np.random.default_rng(0)
    label = np.arange(COUNT) % 3
    images = rng.integers(0, 80, (COUNT, SIZE, SIZE, 3), dtype=np.uint8)
    images[label == 1] += 90
    images[label == 2, ::4] += 150
    images[..., 2] //= 2
    split = np.array(["train"] * 42 + ["validation"] * 9 + ["test"] * 10)
    rows = np.arange(COUNT)
    nan = np.full(COUNT, np.nan)
    write_manifest(
        folder / "manifest.csv", Manifest(galaxy_ids("a" * 64, rows), rows, nan, nan, label, rows, split, "")
    )
    write_class_names(folder / "classes.json", CLASSES)
    (folder / "store").mkdir()
    np.save(folder / "store" / "images.npy", images)
    np.save(folder / "store" / "ids.npy", galaxy_ids("a" * 64, rows))


def tiny_plan(folder: Path, entry: dict[str, Any]) -> NetworkPlan:
    """The plan of a row's network for the images in `folder`."""
    parsed: Any = TypeAdapter(ModelEntry).validate_python(entry)
    galaxies, store = read_manifest(folder / "manifest.csv"), open_store(folder / "store")
    return plan_network(
        parsed.architecture(),
        classes=len(CLASSES),
        weights=parsed.weights,
        normalise=parsed.model_dump()["normalise"],
        images=store.images,
        rows=store.rows_of(galaxies.where("train").id),
        root=Path(),
    )


def train_tiny(
    folder: Path, out: Path, entry: dict[str, Any], *, world: World = _ALONE, cache_bytes: int = 2**30, **changes: Any
) -> Notes:
    """Train into `out`/model, `out`/history.csv and `out`/predictions.npz, with state in `out`/.state."""
    section, notes = TrainSection(**{**SECTION, **changes}), Notes()
    plan, galaxies, device = tiny_plan(folder, entry), read_manifest(folder / "manifest.csv"), torch.device("cpu")
    store_sha256 = file_sha256(folder / "store" / IMAGES)
    train_row(
        "tiny",
        plan=plan,
        manifest=galaxies,
        store=open_store(folder / "store"),
        store_sha256=store_sha256,
        classes=CLASSES,
        crop=None,
        seeds=section.seeds,
        device=device,
        cache_bytes=cache_bytes,
        identity={
            "train": section.model_dump(),
            "model": entry,
            "weights": plan.checkpoint_sha256,
            "manifest": galaxies.sha256,
            "store": store_sha256,
        },
        state=out / ".state",
        output=out / "model",
        history=out / "history.csv",
        predictions=out / "predictions.npz",
        tracker=notes,
        world=world,
        **section.training_spec(),
    )
    return notes


def outs(out: Path) -> dict[str, str]:
    """Hash of each file that `train_tiny` leaves, but for state."""
    files = [path for path in out.rglob("*") if path.is_file() and ".state" not in path.parts]
    return {path.relative_to(out).as_posix(): value_sha256(path.read_bytes().hex()) for path in sorted(files)}
