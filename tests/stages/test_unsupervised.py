"""Embedding and clustering, stage by stage."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.features.embeddings_file import load_embeddings
from galaxy.npz import read_npz
from galaxy.predictions import load_predictions
from tests.stages.branch import COUNT, folder, notes, run_embed, run_rest, write_params

__all__ = ["folder", "notes"]  # fixtures


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


@pytest.mark.parametrize("clusters", [2, 7])
def test_fewer_or_more_clusters_than_classes(folder: Path, clusters: int) -> None:
    write_params(folder, kmeans__clusters=clusters)
    found = load_predictions(run_rest(folder, run_embed(folder, "pixels", "e.npz"), "rows"))
    assert found.probability.shape == (2, 18, 3)
    names = ("assigned_class", "also_assigned_class")
    arrays = read_npz(folder / "clusters-rows.npz", names, writer="clustering")
    assert arrays["assigned_class"].shape == (2, clusters)
    assert arrays["also_assigned_class"].shape == (3, clusters)
    predicted = found.probability.argmax(axis=2)
    assert len(np.unique(predicted)) == min(clusters, 3)
    assert (predicted == found.label).mean() > (0.9 if clusters > 2 else 0.6)


def test_as_many_clusters_as_training_galaxies(folder: Path) -> None:
    write_params(folder, kmeans__clusters=30)
    found = load_predictions(run_rest(folder, run_embed(folder, "pixels", "e.npz"), "rows"))
    arrays = read_npz(folder / "clusters-rows.npz", ("cluster", "also_cluster"), writer="clustering")
    for cluster in (*arrays["cluster"], *arrays["also_cluster"][1:]):  # the mixture may leave components empty
        assert sorted(cluster[:30]) == list(range(30)), "each training galaxy alone"
    assert (found.probability.argmax(axis=2) == found.label).mean() > 0.9


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
    """Features and labels are joined by id; joining by position would give a low accuracy such as the report's 16 %."""
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
    with pytest.raises(InputError, match="belong to the split manifest"):
        run_rest(folder, embeddings, "rows")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dino__backbone": "resnet18"}, "not a plain vision transformer"),
        ({"dino__backbone": "test_vit9"}, "test_vit"),
        ({"dino__weights": "nowhere.pth"}, "do not exist"),
        ({"embed__size": 40}, r"embed\.size is 40 .*32 and 48"),
        ({"embed__crop": 64}, "must be at most 32"),
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
        ({"kmeans__clusters": 31}, r"\Akmeans\.clusters is 31; .*between 1 and 30"),
        ({"kmeans__seeds": []}, "kmeans.seeds"),
        ({"kmeans__seeds": [1, 1]}, "kmeans.seeds.*twice"),
        ({"kmeans__also": ["spectral", "spectral"]}, "kmeans.also.*twice"),
        ({"kmeans__probability": "maybe"}, "kmeans.probability"),
    ],
)
def test_bad_settings_of_clustering_are_one_line(folder: Path, changes: dict[str, Any], said: str) -> None:
    embeddings = run_embed(folder, "pixels", "e.npz")
    write_params(folder, **changes)
    with pytest.raises(InputError, match=said):
        run_rest(folder, embeddings, "rows")
    assert not (folder / "rows.npz").exists()


def test_options_that_contradict_each_other(folder: Path) -> None:
    with pytest.raises(InputError, match="--adapter"):
        run_embed(folder, "dino-lora", "e.npz")
