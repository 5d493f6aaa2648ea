"""A few made-up galaxies, and the stages of the unsupervised branch with timm's smallest transformer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from galaxy.data.manifest import Manifest, write_manifest
from galaxy.tracking import track as _tracking
from stages import dino_finetune_lora, embed, embed_pixels, kmeans_hungarian, pca

ROOT = Path(__file__).resolve().parents[2]
COUNT, SIZE, CLASSES = 48, 32, ("round", "red", "dark")


def settings(**changes: Any) -> dict[str, Any]:
    """params.yaml as committed, with a tiny backbone and sizes."""
    params: dict[str, Any] = YAML(typ="safe", pure=True).load(ROOT / "params.yaml")
    params["dino"] |= {"backbone": "test_vit", "weights": "random"}
    params["embed"] |= {"size": 32, "blocks": 2}
    params["embed_pixels"]["size"] = 4
    small = {
        "dimensions": [2, 4],
        "heads": 2,
        "neighbours": 5,
        "updates": 30,
        "size": 32,
        "curve": [3, 5],
        "clusters": None,
    }
    params["dino_best"] |= small
    params["kmeans"] |= {"clusters": None, "seeds": [0, 1], "restarts": 2}
    tuning = params["dino_finetune"]
    tuning |= {"images": 16, "batch_size": 8, "epochs": 2}
    tuning["head"] |= {"prototypes": 16, "hidden": 16, "bottleneck": 8}
    tuning["crops"] |= {"global_size": 32, "local_size": 16, "local_count": 1}
    for key, value in changes.items():
        section, _, name = key.partition("__")
        params[section][name] = value
    return params


class Notes:
    """Replaces MLflow, which has its own tests."""

    def __init__(self) -> None:
        self.logged: list[dict[str, float]] = []
        self.said: dict[str, Any] = {}

    def log(self, values: dict[str, float], **_: Any) -> None:
        self.logged.append(values)

    def summary(self, values: dict[str, float]) -> None:
        self.said |= values

    def tags(self, values: dict[str, str]) -> None:
        self.said |= values

    def dataset(self, *_: Any, **__: Any) -> None:
        pass

    def outputs(self, paths: list[Path]) -> None:
        assert all(path.is_file() for path in paths)


@pytest.fixture
def notes(monkeypatch: pytest.MonkeyPatch) -> Notes:
    taken = Notes()

    @contextmanager
    def track(**_: Any) -> Iterator[Notes]:
        yield taken

    monkeypatch.setattr(_tracking, "track", track)
    return taken


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, notes: Notes) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GALAXY_DEVICE", "cpu")
    rng = np.random.default_rng(0)
    label = np.arange(COUNT) % 3
    images = rng.integers(0, 60, (COUNT, SIZE, SIZE, 3))
    images[label == 0, 10:22, 10:22] += 150
    images[label == 1, :, :, 0] += 120
    store = tmp_path / "store"
    store.mkdir()
    ids = np.array([f"{'a' * 12}-{row:06d}" for row in range(COUNT)])
    np.save(store / "images.npy", images.astype(np.uint8))
    np.save(store / "ids.npy", ids)
    write_manifest(
        tmp_path / "manifest.csv",
        Manifest(
            id=ids,
            row=np.arange(COUNT),
            ra=np.full(COUNT, np.nan),
            dec=np.full(COUNT, np.nan),
            label=label,
            group=np.arange(COUNT),
            split=np.array((["train"] * 30) + (["validation"] * 9) + (["test"] * 9)),
            sha256="",
        ),
    )
    (tmp_path / "classes.json").write_text(json.dumps(CLASSES), encoding="utf-8")
    write_params(tmp_path)
    return tmp_path


def write_params(folder: Path, **changes: Any) -> None:
    with (folder / "params.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(settings(**changes), file)


def run_embed(folder: Path, features: Any, output: str, **options: Any) -> Path:
    path = folder / output
    if features == "pixels":
        embed_pixels.main(folder / "manifest.csv", folder / "store", path, params=folder / "params.yaml")
        return path
    embed.main(features, folder / "manifest.csv", folder / "store", path, params=folder / "params.yaml", **options)
    return path


def run_rest(folder: Path, embeddings: Path, output: str) -> Path:
    reduced = folder / f"pca-{output}.npz"
    pca.main(embeddings, folder / "manifest.csv", reduced, params=folder / "params.yaml")
    kmeans_hungarian.main(
        reduced,
        folder / "manifest.csv",
        folder / "classes.json",
        folder / f"clusters-{output}.npz",
        folder / f"{output}.npz",
        params=folder / "params.yaml",
    )
    return folder / f"{output}.npz"


def tune(folder: Path, output: str = "dino-lora") -> Path:
    dino_finetune_lora.main(
        folder / "manifest.csv",
        folder / "store",
        folder / output,
        folder / f"{output}.csv",
        params=folder / "params.yaml",
    )
    return folder / output
