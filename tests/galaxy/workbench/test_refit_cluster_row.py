import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from ruamel.yaml import YAML

from galaxy.data.store import open_store
from galaxy.errors import InputError
from galaxy.predict import dask_cluster
from galaxy.predict.dask_cluster import Job
from galaxy.predict.options import Options
from galaxy.predict.picture import Chunk
from galaxy.predict.row_maker import Block
from galaxy.predictions import load_predictions
from galaxy.workbench.cluster_names import cluster_rows
from galaxy.workbench.export_command import export
from galaxy.workbench.load import load
from galaxy.workbench.predict_command import predict
from galaxy.workbench.refit_cluster_row import open_cluster_row
from tests.root import ROOT
from tests.stages.branch import folder, notes, run_embed, run_rest, write_params
from tests.stages.test_dino_best import run as run_best

__all__ = ["folder", "notes"]  # fixtures

CPU = torch.device("cpu")


@pytest.fixture
def data(folder: Path, request: pytest.FixtureRequest) -> Path:
    """The files of the rows pixels-kmeans and random-init-kmeans, laid out as in a clone."""
    root = folder / "data"
    for name in ("embeddings", "pca", "clusters", "predictions"):
        (root / name).mkdir(parents=True)
    write(folder, split__size=32, split__crop=None, kmeans__probability=getattr(request, "param", "distance"))
    for features in ("pixels", "random-init"):
        embeddings = run_embed(folder, features, f"{features}.npz")
        run_rest(folder, embeddings, f"{features}-kmeans").rename(root / "predictions" / f"{features}-kmeans.npz")
        embeddings.rename(root / "embeddings" / f"{features}.npz")
        (folder / f"pca-{features}-kmeans.npz").rename(root / "pca" / f"{features}.npz")
        (folder / f"clusters-{features}-kmeans.npz").rename(root / "clusters" / f"{features}-kmeans.npz")
    for name in ("store", "manifest.csv", "classes.json"):
        (folder / name).rename(root / name)
    return root


def write(folder: Path, **changes: Any) -> None:
    write_params(folder, **changes)


@pytest.mark.parametrize("data", ["distance", "hard"], indirect=True)
def test_galaxies_of_the_test_get_the_stored_probabilities(data: Path) -> None:
    store = open_store(data / "store")
    assert cluster_rows(data) == ["pixels-kmeans", "random-init-kmeans"]
    for name in cluster_rows(data):
        stored = load_predictions(data / "predictions" / f"{name}.npz").where("test")
        images = np.asarray(store.images[store.rows_of(stored.id)])
        row = open_cluster_row(name, data, device=CPU)
        probability, features = row.classify(images)
        np.testing.assert_allclose(probability, stored.probability.mean(axis=0), atol=2e-5)
        assert len(features) == len(images)
        one = open_cluster_row(name, data, device=CPU, seeds=[1])
        np.testing.assert_allclose(one.classify(images)[0], stored.probability[1], atol=2e-5)


@pytest.mark.parametrize("method", ["heads", "kmeans"])
def test_dino_best_is_fitted_again_to_the_stored_probabilities(folder: Path, method: str) -> None:
    root = folder / "data"
    write(folder, split__size=32, split__crop=None, dino_best__method=method)
    places = {"embeddings": "embeddings", "components": "pca", "clusters": "clusters", "predictions": "predictions"}
    for name, path in run_best(folder).items():
        if name in places:
            (root / places[name]).mkdir(parents=True)
            path.rename(root / places[name] / "dino-best.npz")
    for name in ("store", "manifest.csv", "classes.json"):
        (folder / name).rename(root / name)
    assert cluster_rows(root) == ["dino-best"]
    store = open_store(root / "store")
    stored = load_predictions(root / "predictions" / "dino-best.npz").where("test")
    images = np.asarray(store.images[store.rows_of(stored.id)])
    found, _ = open_cluster_row("dino-best", root, device=CPU).classify(images)
    np.testing.assert_allclose(found, stored.probability.mean(axis=0), atol=2e-5)
    one, _ = open_cluster_row("dino-best", root, device=CPU, seeds=[1]).classify(images)
    np.testing.assert_allclose(one, stored.probability[1], atol=2e-5)
    write(folder, split__size=32, split__crop=None, dino__seed=5)
    with pytest.raises(InputError, match=r"no longer describes the network of dino-best \(sha256 differ\)"):
        open_cluster_row("dino-best", root, device=CPU)


def test_rows_of_clusters_are_loaded_by_name(data: Path) -> None:
    store = open_store(data / "store")
    stored = load_predictions(data / "predictions" / "pixels-kmeans.npz").where("test")
    images = np.asarray(store.images[store.rows_of(stored.id)])
    classify = load("pixels-kmeans", models=data / "models", device="cpu", seeds=[1])
    assert classify.row.seeds == [1]
    # Images of the store are cropped and averaged already; none is left to be taken away.
    np.testing.assert_allclose(classify(images).probability, stored.probability[1], atol=2e-5)
    with pytest.raises(
        InputError, match="no trained row 'other'; .* has none, .* pixels-kmeans, random-init-kmeans; dvc"
    ):
        load("other", models=data / "models", device="cpu")


def test_rows_of_clusters_are_not_exported_and_are_said_to_be_there(data: Path, tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="pixels-kmeans is a row of clusters, which cannot be exported, because it has no"
    ):
        export("pixels-kmeans", tmp_path / "out", models=data / "models", graphs=False, overwrite=False, push=None)
    with pytest.raises(InputError, match=r"no trained row 'other'; .*/models has none; dvc repro trains"):
        export("other", tmp_path / "out", models=data / "models", graphs=False, overwrite=False, push=None)


def test_workers_of_a_cluster_give_the_rows_of_this_process(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def classify_elsewhere(_: object, job: Job, chunks: Iterable[Chunk], further: Sequence[str]) -> Iterator[Block]:
        for chunk in chunks:
            sent, task = pickle.loads(pickle.dumps((job, chunk)))  # noqa: S301 -- our own, as Dask sends it
            yield dask_cluster.make_rows(sent, tuple(further), [task])
            again = pickle.loads(pickle.dumps(job))  # noqa: S301
            assert dask_cluster._maker(again, tuple(further)) is dask_cluster._maker(sent, tuple(further))

    monkeypatch.setattr("galaxy.workbench.predict_command.connect", lambda *_, **__: nullcontext())
    monkeypatch.setattr("galaxy.workbench.predict_command.classify_on", classify_elsewhere)
    monkeypatch.setenv("GALAXY_DEVICE", "cpu")
    pictures = data.parent / "pictures"
    pictures.mkdir()
    for number, image in enumerate(np.asarray(open_store(data / "store").images[:4])):
        Image.fromarray(image).save(pictures / f"{number}.png")
    given: dict[str, Any] = {"models": data / "models", "seed": None, "options": Options(), "overwrite": False}
    predict("pixels-kmeans", [pictures], data.parent / "here.csv", **given)
    predict("pixels-kmeans", [pictures], data.parent / "there.csv", **given, dask="local")
    assert (data.parent / "there.csv").read_bytes() == (data.parent / "here.csv").read_bytes()


def test_networks_are_opened_without_scikit_learn() -> None:
    script = "import sys, galaxy.workbench.open_row; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True)


def test_symmetries_make_orientation_irrelevant(data: Path) -> None:
    row = open_cluster_row("random-init-kmeans", data, device=CPU)
    image = np.asarray(open_store(data / "store").images[5])
    turned = np.stack([image, np.rot90(image), image[:, ::-1]])
    found = row.classify(turned, symmetries=True)[0]
    np.testing.assert_allclose(found, found[:1].repeat(3, axis=0), atol=1e-4)


def test_files_and_settings_that_do_not_belong_together_are_refused(data: Path) -> None:
    with pytest.raises(InputError, match="has no clustering with seed 9; it has 0, 1"):
        open_cluster_row("pixels-kmeans", data, device=CPU, seeds=[9])
    params = data.parent / "params.yaml"
    settings = YAML(typ="safe").load(params)
    settings["embed"]["blocks"] = 1
    with params.open("w") as file:
        YAML().dump(settings, file)
    with pytest.raises(InputError, match=r"no longer describes the network of random-init \(blocks"):
        open_cluster_row("random-init-kmeans", data, device=CPU)
    path = data / "pca" / "pixels.npz"
    with np.load(path) as arrays:
        changed = dict(arrays)
    changed["embedding"] = changed["embedding"] * np.float32(1.1)
    np.savez(path, **changed)
    with pytest.raises(InputError, match="run dvc repro"):
        open_cluster_row("pixels-kmeans", data, device=CPU)
