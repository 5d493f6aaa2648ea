"""A few images that can be told apart, in the files that `stages.split` writes, and trainings on them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from galaxy.data.class_names import write_class_names
from galaxy.data.manifest import Manifest, galaxy_ids, read_manifest, write_manifest
from galaxy.data.store import open_store
from galaxy.digest import value_sha256
from galaxy.recipes.supervised import train_row
from galaxy.recipes.training_spec import Row, identity, plan_row
from galaxy.training.distributed import World
from stages.sections.models import ModelEntry
from stages.sections.train import TrainSection

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


@dataclass
class NoRun:
    """Takes what would go to MLflow."""

    logged: list[dict[str, float]] = field(default_factory=list)

    def log(self, values: dict[str, float], *, step: int, seed: int) -> None:
        self.logged.append({**values, "step": step, "seed": seed})

    def summary(self, values: dict[str, float]) -> None:
        pass

    def text(self, name: str, content: str) -> None:
        pass

    def outputs(self, paths: list[Path]) -> None:
        pass


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


def tiny_row(folder: Path, entry: dict[str, Any], **changes: Any) -> Row:
    section = TrainSection(**{**SECTION, **changes})
    parsed = TypeAdapter(ModelEntry).validate_python(entry)
    store = folder / "store"
    return Row("tiny", section, parsed, read_manifest(folder / "manifest.csv"), CLASSES, open_store(store), store)


def train_tiny(folder: Path, out: Path, entry: dict[str, Any], *, world: World = _ALONE, **changes: Any) -> NoRun:
    """Train into `out`/model, `out`/history.csv and `out`/predictions.npz, with state in `out`/.state."""
    row, run = tiny_row(folder, entry, **changes), NoRun()
    plan = plan_row(row)
    train_row(
        row,
        plan,
        run,
        identity=identity(row, plan),
        state=out / ".state",
        output=out / "model",
        history=out / "history.csv",
        predictions=out / "predictions.npz",
        world=world,
    )
    return run


def outs(out: Path) -> dict[str, str]:
    """Hash of each file that `train_tiny` leaves, but for state."""
    files = [path for path in out.rglob("*") if path.is_file() and ".state" not in path.parts]
    return {path.relative_to(out).as_posix(): value_sha256(path.read_bytes().hex()) for path in sorted(files)}
