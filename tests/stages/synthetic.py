"""Small made-up files with known properties, in the formats that stages exchange."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.predictions import Predictions, save_predictions

CLASSES = ("Round Smooth", "Spiral", "<script>alert('x')</script>", 'Edge-on "thin"')
SUPERVISED = ("vgg11-scratch", "vgg11-deep", "vgg11-shallow", "custom")
FEATURES = ("dino", "dino-lora", "random-init", "pixels")
SKILL = {"vgg11-scratch": 1.5, "vgg11-deep": 1.6, "vgg11-shallow": 0.8, "custom": 2.0}


def write_split(folder: Path, *, count: int = 240, size: int = 24, classes: Sequence[str] = CLASSES) -> None:
    """manifest.csv, classes.json and store/ of `count` galaxies; a fifth tests, a tenth validates."""
    rng = np.random.default_rng(0)
    ids = [f"0123456789ab-{row:06d}" for row in range(count)]
    label = rng.permutation(np.arange(count) % len(classes))
    split = rng.permutation(np.repeat(["test", "validation", "train"], [count // 5, count // 10, count * 7 // 10]))
    lines = ["id,row,ra,dec,label,group,split"]
    lines += [
        f"{name},{row},{10 + row / 100},{row / 100 - 1},{label[row]},{row},{split[row]}" for row, name in enumerate(ids)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    (folder / "classes.json").write_text(json.dumps(list(classes)))
    (folder / "store").mkdir(exist_ok=True)
    grid = np.hypot(*np.meshgrid(*[np.linspace(-1, 1, size)] * 2))
    light = np.exp(-4 * grid[None] * (1 + label[:, None, None]))[..., None] * rng.uniform(0.4, 1, (count, 1, 1, 3))
    np.save(folder / "store" / "images.npy", (255 * light).astype(np.uint8))
    np.save(folder / "store" / "ids.npy", np.array(ids))


def read_split(folder: Path) -> dict[str, Any]:
    """The columns of the manifest, and its hash."""
    import hashlib

    rows = [line.split(",") for line in (folder / "manifest.csv").read_text().splitlines()[1:]]
    digest = hashlib.sha256((folder / "manifest.csv").read_bytes()).hexdigest()
    return {
        "id": np.array([row[0] for row in rows]),
        "label": np.array([int(row[4]) for row in rows]),
        "split": np.array([row[6] for row in rows]),
        "manifest": np.array(digest),
        "classes": np.array(json.loads((folder / "classes.json").read_text())),
    }


def write_row(folder: Path, row: str, *, skill: float, seeds: Sequence[int] = (0,)) -> None:
    """predictions/<row>.npz: softmax of noise plus `skill` for the true class."""
    split = read_split(folder)
    held = split["split"] != "train"
    rng = np.random.default_rng(len(row))
    score = rng.standard_normal((len(seeds), int(held.sum()), len(split["classes"])))
    score += skill * np.eye(len(split["classes"]))[split["label"][held]]
    probability = np.exp(score) / np.exp(score).sum(axis=2, keepdims=True)
    _write_predictions(folder, row, split, seeds=seeds, probability=probability)
    (folder / "history").mkdir(exist_ok=True)
    header = "seed,epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate"
    lines = [header]
    for seed in seeds:
        lines += [
            f"{seed},{epoch},{2 / (epoch + 1)},{0.2 * epoch},{2.2 / (epoch + 1)},{0.18 * epoch},0.0005"
            for epoch in range(5)
        ]
    (folder / "history" / f"{row}.csv").write_text("\n".join(lines) + "\n")


def _write_predictions(
    folder: Path, row: str, split: Mapping[str, Any], *, seeds: Sequence[int], probability: NDArray[np.float64]
) -> None:
    held = split["split"] != "train"
    save_predictions(
        folder / "predictions" / f"{row}.npz",
        Predictions(
            id=split["id"][held],
            split=split["split"][held],
            label=split["label"][held],
            seed=np.array(seeds),
            probability=probability.astype(np.float32),
            classes=split["classes"],
            manifest=str(split["manifest"]),
        ),
    )


def write_clusters(folder: Path, features: str, *, skill: float, seeds: Sequence[int] = (0,)) -> None:
    """embeddings/, pca/, clusters/ and predictions/ of one set of features, `skill` sigma between the classes."""
    split = read_split(folder)
    classes, count = len(split["classes"]), len(split["id"])
    rng = np.random.default_rng(len(features))
    centres = np.eye(classes, 8) * skill
    embedding = (centres[split["label"]] + rng.standard_normal((count, 8))).astype(np.float32)
    distance = np.linalg.norm(embedding[:, None] - centres[None], axis=2).astype(np.float32)
    distance = np.repeat(distance[None], len(seeds), axis=0)
    for name in ("embeddings", "pca", "clusters"):
        (folder / name).mkdir(exist_ok=True)
    for name in ("embeddings", "pca"):
        np.savez(
            folder / name / f"{features}.npz",
            id=split["id"],
            embedding=embedding,
            manifest=split["manifest"],
            source=json.dumps({"features": features, "fitted_on": 168}),
            explained_variance_ratio=np.full(8, 0.95 / 8),
        )
    cluster = distance.argmin(axis=2)
    np.savez(
        folder / "clusters" / f"{features}-kmeans.npz",
        seed=np.array(seeds),
        cluster=cluster,
        assigned_class=np.tile(np.arange(classes), (len(seeds), 1)),
        agreement=np.ones((len(seeds), len(seeds))),
        also=np.array(["gaussian-mixture", "spectral"]),
        also_cluster=np.stack([cluster[0], rng.permutation(cluster[0])]),
        also_assigned_class=np.tile(np.arange(classes), (2, 1)),
        distance=distance,
        **split,
    )
    weight = np.exp(-(distance[:, split["split"] != "train"].astype(float) ** 2) / 2)
    probability = weight / weight.sum(axis=2, keepdims=True)
    _write_predictions(folder, f"{features}-kmeans", split, seeds=seeds, probability=probability)
