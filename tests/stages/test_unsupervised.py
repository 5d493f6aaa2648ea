"""The unsupervised branch, stage by stage, on a handful of made-up galaxies and timm's smallest transformer."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ruamel.yaml import YAML

from galaxy.data.manifest import Manifest, write_manifest
from galaxy.errors import InputError
from galaxy.features.preparation import Preparation
from galaxy.features.storage import load_embeddings
from galaxy.models.adapter_file import merge_saved
from galaxy.models.dino_backbone import cls_attention, cls_tokens
from galaxy.models.normalise import IMAGENET_DEVIATION, IMAGENET_MEAN
from galaxy.models.positions import fix_positions
from galaxy.npz import read_npz
from galaxy.predictions import load_predictions
from stages import _tracking, dino_finetune_lora, embed, embed_pixels, kmeans_hungarian, pca
from stages._stage import read_section
from stages.dino_build import build_backbone
from stages.dino_section import DinoSection

ROOT = Path(__file__).resolve().parents[2]
COUNT, SIZE, CLASSES = 48, 32, ("round", "red", "dark")


def settings(**changes: Any) -> dict[str, Any]:
    """params.yaml as committed, with a tiny backbone and sizes."""
    params: dict[str, Any] = YAML(typ="safe", pure=True).load(ROOT / "params.yaml")
    params["dino"] |= {"backbone": "test_vit", "weights": "random"}
    params["embed"] |= {"size": 32, "blocks": 2}
    params["embed_pixels"]["size"] = 4
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
    """Stands in for MLflow, which has its own tests."""

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


def test_the_whole_branch_from_pixels_and_from_the_network(folder: Path) -> None:
    for features in ("pixels", "random-init"):
        embeddings = run_embed(folder, features, f"{features}.npz")
        found = load_predictions(run_rest(folder, embeddings, f"rows-{features}"))
        assert found.probability.shape == (2, 18, 3)
        names = ("also", "also_cluster", "agreement")
        extra = read_npz(folder / f"clusters-rows-{features}.npz", names, writer="clustering")
        assert extra["also"].tolist() == ["gaussian-mixture", "agglomerative", "spectral"]
        assert extra["also_cluster"].shape == (3, COUNT)
        assert extra["agreement"].shape == (2, 2)
        assert set(found.split) == {"validation", "test"}
        right = (found.probability.argmax(axis=2) == found.label).mean()
        assert right > (0.9 if features == "pixels" else 0.3)


def test_a_second_run_writes_the_same_bytes(folder: Path) -> None:
    first = run_embed(folder, "dino", "one.npz", attention=folder / "a1.npz")
    second = run_embed(folder, "dino", "two.npz", attention=folder / "a2.npz")
    assert first.read_bytes() == second.read_bytes()
    assert (folder / "a1.npz").read_bytes() == (folder / "a2.npz").read_bytes()
    rows = [run_rest(folder, path, path.stem + "-rows").read_bytes() for path in (first, second)]
    assert rows[0] == rows[1]


def test_two_processes_write_the_same_bytes_as_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = run_embed(folder, "dino", "one.npz")
    monkeypatch.setenv("GALAXY_PROCESSES", "2")
    assert run_embed(folder, "dino", "two.npz").read_bytes() == one.read_bytes()
    assert not list(folder.glob(".embed-*"))
    monkeypatch.setenv("GALAXY_PROCESSES", "many")
    with pytest.raises(InputError, match="GALAXY_PROCESSES"):
        run_embed(folder, "dino", "three.npz")


def change_embeddings(path: Path, output: Path, **changes: Any) -> Path:
    with np.load(path) as file:
        arrays = dict(file) | changes
    np.savez(output, **arrays)
    return output


def test_permuted_rows_change_nothing(folder: Path) -> None:
    """The report's 16 % would look like a join by position."""
    one = run_embed(folder, "pixels", "one.npz")
    before = run_rest(folder, one, "one-rows").read_bytes()
    given, order = load_embeddings(one), np.random.default_rng(1).permutation(COUNT)
    shuffled = change_embeddings(one, folder / "two.npz", id=given.id[order], embedding=given.embedding[order])
    assert run_rest(folder, shuffled, "two-rows").read_bytes() == before
    exchanged = change_embeddings(one, folder / "three.npz", embedding=given.embedding[order])
    assert run_rest(folder, exchanged, "three-rows").read_bytes() != before
    # Other galaxies between those of the manifest: every row of the store moves.
    store, further = folder / "store", np.array([f"{'a' * 12}-{row:06d}x" for row in range(0, COUNT, 3)])
    images, ids = np.load(store / "images.npy"), np.concatenate([np.load(store / "ids.npy"), further])
    images = np.concatenate([images, 255 - images[: len(further)]])
    np.save(store / "images.npy", images[np.argsort(ids)])
    np.save(store / "ids.npy", np.sort(ids))
    assert run_embed(folder, "pixels", "four.npz").read_bytes() == one.read_bytes()


def test_components_clusters_and_classes_come_from_training_galaxies_alone(folder: Path) -> None:
    one = run_embed(folder, "pixels", "one.npz")
    run_rest(folder, one, "one-rows")
    train = slice(0, 30)
    embedding = load_embeddings(one).embedding.copy()
    embedding[30:] = embedding[30:] * 3 + 1
    run_rest(folder, change_embeddings(one, folder / "two.npz", embedding=embedding), "two-rows")
    reduced = [load_embeddings(folder / f"pca-{name}-rows.npz").embedding for name in ("one", "two")]
    np.testing.assert_array_equal(reduced[0][train], reduced[1][train])
    assert not np.array_equal(reduced[0], reduced[1])
    # Classes of held-out galaxies exchanged: another manifest, so everything is computed again.
    text = (folder / "manifest.csv").read_text(encoding="utf-8").splitlines()
    held_out = [line.split(",") for line in text[31:]]
    lines = [",".join([*line[:4], str((int(line[4]) + 1) % 3), *line[5:]]) for line in held_out]
    (folder / "manifest.csv").write_text("\n".join([*text[:31], *lines]) + "\n", encoding="utf-8")
    run_rest(folder, run_embed(folder, "pixels", "three.npz"), "three-rows")
    names = ("cluster", "assigned_class", "distance", "also_cluster", "also_assigned_class")
    first, second, third = (
        read_npz(folder / f"clusters-{name}-rows.npz", names, writer="clustering") for name in ("one", "two", "three")
    )
    for name in names:
        np.testing.assert_array_equal(first[name], third[name], err_msg=name)
    np.testing.assert_array_equal(first["assigned_class"], second["assigned_class"])
    np.testing.assert_array_equal(first["distance"][:, train], second["distance"][:, train])


def test_embeddings_of_another_manifest_are_refused(folder: Path) -> None:
    embeddings = run_embed(folder, "pixels", "one.npz")
    text = (folder / "manifest.csv").read_text(encoding="utf-8")
    (folder / "manifest.csv").write_text(text.replace("train", "test", 1), encoding="utf-8")
    with pytest.raises(InputError, match="belong to manifest"):
        run_rest(folder, embeddings, "rows")


def test_tuning_changes_the_embeddings_and_says_by_how_much(folder: Path, notes: Notes) -> None:
    adapter = tune(folder)
    assert len(notes.logged) == 2
    assert {"train_loss", "train_teacher_entropy", "train_spread", "images_per_second"} <= notes.logged[0].keys()
    assert notes.said["trainable_parameters"] == 6 * 3 * 2 * 8 * 64
    assert not any(path.is_dir() for path in (folder / ".state" / "training").iterdir())
    assert sorted(path.name for path in adapter.iterdir()) == ["adapter.json", "adapter.safetensors"]
    content = json.loads((adapter / "adapter.json").read_text(encoding="utf-8"))
    assert content["trainable_parameters"] == 6 * 3 * 2 * 8 * 64
    assert content["change"]["relative_change"] > 0
    lines = (folder / "dino-lora.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("seed,epoch,train_loss,train_teacher_entropy")
    assert len(lines) == 3
    plain = load_embeddings(run_embed(folder, "dino", "plain.npz", attention=folder / "plain-a.npz"))
    tuned = load_embeddings(
        run_embed(folder, "dino-lora", "tuned.npz", adapter=adapter, attention=folder / "tuned-a.npz")
    )
    assert np.abs(plain.embedding - tuned.embedding).max() > 1e-4
    assert tuned.source["change"] == content["change"]
    assert tuned.source["collapsed"] == content["collapsed"] == notes.said.get("collapsed")
    with np.load(folder / "plain-a.npz") as one, np.load(folder / "tuned-a.npz") as other:
        np.testing.assert_array_equal(one["id"], other["id"])
        assert one["attention"].shape == (3, 2, 2, 2)
        assert not np.array_equal(one["attention"], other["attention"])
    again = tune(folder, "again")
    assert (again / "adapter.safetensors").read_bytes() == (adapter / "adapter.safetensors").read_bytes()


def test_maps_and_embeddings_come_from_the_same_merged_model(folder: Path) -> None:
    adapter = tune(folder)
    path = run_embed(folder, "dino-lora", "tuned.npz", adapter=adapter, attention=folder / "maps.npz")
    section = read_section(folder / "params.yaml", "dino", DinoSection)
    backbone, _ = build_backbone(section)
    merge_saved(backbone, adapter)
    fix_positions(backbone, size=32, method="timm")
    maps: dict[str, Any] = read_npz(folder / "maps.npz", ("id", "image", "attention"), writer="embed")
    prepare = Preparation(size=32, crop=None, resampling="bicubic", mean=IMAGENET_MEAN, deviation=IMAGENET_DEVIATION)
    pixels = prepare(torch.from_numpy(maps["image"]))
    with torch.inference_mode():
        attention, tokens = cls_attention(backbone, pixels), cls_tokens(backbone, pixels, blocks=2)
    np.testing.assert_allclose(maps["attention"], attention.numpy(), rtol=0, atol=1e-6)
    given = load_embeddings(path)
    np.testing.assert_allclose(given.of(maps["id"], manifest=given.manifest), tokens.numpy(), rtol=0, atol=1e-5)


def test_an_adapter_over_other_weights_is_refused(folder: Path) -> None:
    adapter = tune(folder)
    write_params(folder, dino__seed=5)
    with pytest.raises(InputError, match="tune again"):
        run_embed(folder, "dino-lora", "tuned.npz", adapter=adapter)
    assert not (folder / "tuned.npz").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dino__backbone": "resnet18"}, "no plain vision transformer"),
        ({"dino__backbone": "test_vit9"}, "test_vit"),
        ({"dino__weights": "nowhere.pth"}, "do not exist"),
        ({"embed__size": 40}, "32 and 48"),
        ({"embed__crop": 64}, "32 pixels"),
        ({"embed__blocks": 7}, "1 to 6"),
        ({"embed__sise": 7}, "sise"),
    ],
)
def test_bad_settings_of_embed_are_one_line(folder: Path, changes: dict[str, Any], said: str) -> None:
    write_params(folder, **changes)
    with pytest.raises(InputError, match=said) as caught:
        run_embed(folder, "dino", "e.npz")
    assert "\n" not in str(caught.value)
    assert not (folder / "e.npz").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pca__variance": 0.0}, "pca.variance"),
        ({"pca__variance": 1.5}, "pca.variance"),
        ({"kmeans__clusters": 31}, "1 to 30"),
        ({"kmeans__seeds": []}, "kmeans.seeds"),
        ({"kmeans__probability": "maybe"}, "kmeans.probability"),
    ],
)
def test_bad_settings_of_clustering_are_one_line(folder: Path, changes: dict[str, Any], said: str) -> None:
    embeddings = run_embed(folder, "pixels", "e.npz")
    write_params(folder, **changes)
    with pytest.raises(InputError, match=said):
        run_rest(folder, embeddings, "rows")
    assert not (folder / "rows.npz").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dino_finetune__batch_size": 31, "dino_finetune__images": None}, "30 training galaxies"),
        ({"dino_finetune__images": 4}, "images is 4"),
        ({"dino_finetune__warmup_epochs": 2}, "warmup_epochs"),
        ({"dino_finetune__lr": -1.0}, "dino_finetune.lr"),
        ({"dino_finetune__lora": {"targets": ["q"], "rank": 65, "alpha": 1.0, "also": []}}, "1 to 64"),
        ({"dino_finetune__lora": {"targets": ["z"], "rank": 1, "alpha": 1.0, "also": []}}, "targets"),
    ],
)
def test_bad_settings_of_tuning_are_one_line(folder: Path, changes: dict[str, Any], said: str) -> None:
    write_params(folder, **changes)
    with pytest.raises(InputError, match=said) as caught:
        tune(folder)
    assert "\n" not in str(caught.value)
    assert not (folder / "dino-lora").exists()


def test_options_that_contradict_each_other(folder: Path) -> None:
    with pytest.raises(InputError, match="--adapter"):
        run_embed(folder, "dino-lora", "e.npz")
