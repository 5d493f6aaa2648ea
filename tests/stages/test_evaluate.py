import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference

from galaxy.clustering.hungarian import match_clusters
from galaxy.data.manifest import read_manifest
from galaxy.errors import InputError
from galaxy.predictions import load_predictions, save_predictions
from galaxy.recipes.evaluate_clusters import Measure
from galaxy.tracking.track import Run
from stages import evaluate as rows
from stages import evaluate_clusters as cluster_rows
from tests.stages.imports import run_and_list_modules
from tests.stages.synthetic import read_split, write_clusters, write_row, write_split

SETTINGS = """
evaluate:
  bootstrap: 50
  bins: 15
  seed: 0
evaluate_clusters:
  neighbours: 5
  probe_strength: 1.0
  null_draws: 200
"""

MODELS = """
models:
  custom:
    kind: custom
    weights: rendered
"""

Evaluate = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def _no_tracking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Switch tracking off, which has its own tests and would cost seconds here."""
    monkeypatch.setattr("galaxy.tracking.track._open", lambda *_: Run(None))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_split(tmp_path)
    (tmp_path / "params.yaml").write_text(SETTINGS + MODELS)
    return tmp_path


@pytest.fixture
def evaluate(data: Path) -> Evaluate:
    def run(row: str, **options: Any) -> dict[str, Any]:
        stage = cluster_rows if "clusters" in options else rows
        stage.main(
            row=row,
            predictions=data / "predictions" / f"{row}.npz",
            manifest=data / "manifest.csv",
            metrics=data / "metrics" / f"{row}.json",
            details=data / "evaluation" / f"{row}.json",
            params=data / "params.yaml",
            **options,
        )
        found: dict[str, Any] = json.loads((data / "metrics" / f"{row}.json").read_text())
        return found

    return run


def clusters_of(data: Path, features: str) -> dict[str, Path]:
    return {
        "clusters": data / "clusters" / f"{features}-kmeans.npz",
        "components": data / "pca" / f"{features}.npz",
        "embeddings": data / "embeddings" / f"{features}.npz",
    }


def test_the_table_is_what_scikit_learn_says(data: Path, evaluate: Evaluate) -> None:
    write_row(data, "custom", skill=1.5)
    found = evaluate("custom")
    test = load_predictions(data / "predictions" / "custom.npz").where("test")
    label, predicted = test.label, test.probability[0].argmax(axis=1)
    assert found["accuracy"] == pytest.approx(reference.accuracy_score(label, predicted), abs=1e-6)
    assert found["macro_f1"] == pytest.approx(reference.f1_score(label, predicted, average="macro"), abs=1e-6)
    area = np.mean([reference.roc_auc_score(label == k, test.probability[0, :, k]) for k in range(4)])
    assert found["roc_auc"] == pytest.approx(area, abs=1e-6)
    assert "accuracy_sd" not in found
    assert all(isinstance(value, float | str) for value in found.values())
    assert found["manifest"] == str(read_split(data)["manifest"])
    assert found["split"] == "test"
    assert "renderer" in str(found["weights_learnt_from"])
    assert found["overlap_with_galaxy10"] == "none: no observed galaxy was seen"


def test_several_seeds_give_means_and_deviations(data: Path, evaluate: Evaluate) -> None:
    write_row(data, "custom", skill=1.0, seeds=(3, 4, 5))
    found = evaluate("custom")
    details = json.loads((data / "evaluation" / "custom.json").read_text())
    assert found["accuracy"] == pytest.approx(np.mean(details["per_seed"]["accuracy"]), abs=1e-6)
    assert found["accuracy_sd"] == pytest.approx(np.std(details["per_seed"]["accuracy"], ddof=1), abs=2e-6)
    assert details["seeds"] == [3, 4, 5]
    assert np.sum(details["confusion"]) == 3 * 48


def test_clusters_with_bounds_and_chance(data: Path, evaluate: Evaluate) -> None:
    write_clusters(data, "dino", skill=3.0, seeds=(0, 1))
    found = evaluate("dino-kmeans", **clusters_of(data, "dino"))
    assert found["accuracy"] > 0.9
    assert found["accuracy_all"] > 0.9
    assert found["purity"] >= found["accuracy"]
    assert found["knn_accuracy"] > 0.9
    assert found["linear_probe_accuracy"] > 0.9
    assert 0.2 < found["null_accuracy"] < 0.4  # four even classes
    assert found["roc_auc_hard"] < found["roc_auc"]
    details = json.loads((data / "evaluation" / "dino-kmeans.json").read_text())
    band = details["clusters"]["null"]
    assert band["low"] <= band["mean"] <= band["high"] < found["accuracy"]
    assert band["high"] == found["null_accuracy_high"]
    assert (found["components"], found["explained_variance"], found["seed_ari"]) == (8, 0.95, 1)
    assert 0 < found["silhouette"] < 1
    same, shuffled = details["clusters"]["also"]
    assert same["accuracy"] == details["per_seed"]["accuracy"][0] > same["null"]["high"]
    assert same["accuracy_all"] == details["per_seed"]["accuracy_all"][0]
    assert shuffled["accuracy"] < 0.5 < same["accuracy"]
    assert details["clusters"]["source"]["features"] == "dino"


def test_both_areas_are_those_of_scikit_learn(data: Path, evaluate: Evaluate) -> None:
    write_clusters(data, "dino", skill=2.0)
    found = evaluate("dino-kmeans", **clusters_of(data, "dino"))
    test = load_predictions(data / "predictions" / "dino-kmeans.npz").where("test")
    hard = np.eye(4)[test.probability[0].argmax(axis=1)]
    for key, score in (("roc_auc_hard", hard), ("roc_auc", test.probability[0])):
        area = np.mean([reference.roc_auc_score(test.label == k, score[:, k]) for k in range(4)])
        assert found[key] == pytest.approx(area, abs=1e-6)
    # The file's probabilities have a scale of one; evaluation fits its own, which hardly changes the order.
    assert found["roc_auc_distance"] == pytest.approx(found["roc_auc"], abs=0.02)


def test_the_null_band_is_where_clusters_without_knowledge_lie(data: Path) -> None:
    """Two of 40 are expected outside of a 95 % band; the probability of more than seven is below 1 in 1,000."""
    galaxies, rng = read_manifest(data / "manifest.csv"), np.random.default_rng(1)
    measure = Measure(galaxies, clusters=4, classes=4, draws=400, seed=0)
    reached, expected, outside = [], [], 0
    for _ in range(40):
        cluster = rng.integers(0, 4, len(galaxies))
        assigned = match_clusters(cluster[measure.train], galaxies.label[measure.train], clusters=4, classes=4)
        null = measure.null(cluster)
        low, high = np.quantile(null, [0.025, 0.975])
        assert high - low < 0.3
        reached.append(measure.scores(cluster, assigned)["accuracy"])
        expected.append(null.mean())
        outside += not low <= reached[-1] <= high
    assert outside <= 7
    assert np.mean(expected) == pytest.approx(np.mean(reached), abs=3 * np.std(reached) / 40**0.5)


def test_hits_of_nearest_neighbours_stand_beside_their_mean(data: Path, evaluate: Evaluate) -> None:
    write_clusters(data, "dino", skill=1.0)
    found = evaluate("dino-kmeans", **clusters_of(data, "dino"))
    right = json.loads((data / "evaluation" / "dino-kmeans.json").read_text())["clusters"]["knn_right"]
    assert len(right) == 48
    assert set(right) == {0, 1}
    assert found["knn_accuracy"] == pytest.approx(np.mean(right), abs=1e-6)


def test_more_neighbours_than_training_galaxies_name_the_setting(data: Path, evaluate: Evaluate) -> None:
    write_clusters(data, "dino", skill=1.0)
    (data / "params.yaml").write_text(SETTINGS.replace("neighbours: 5", "neighbours: 169"))
    with pytest.raises(InputError, match=r"evaluate_clusters\.neighbours is 169; it must be between 1 and 168"):
        evaluate("dino-kmeans", **clusters_of(data, "dino"))


def test_one_class_leaves_the_linear_probe_undefined(
    tmp_path: Path, evaluate: Evaluate, capfd: pytest.CaptureFixture[str]
) -> None:
    write_split(tmp_path, classes=["only"])
    write_clusters(tmp_path, "dino", skill=1.0)
    found = evaluate("dino-kmeans", **clusters_of(tmp_path, "dino"))
    assert found["linear_probe_accuracy"] is None
    assert (found["knn_accuracy"], found["accuracy"]) == (1, 1)
    assert (
        "linear_probe_accuracy is undefined, because all training galaxies belong to one class"
        in capfd.readouterr().err
    )


def test_the_order_of_embeddings_does_not_matter(data: Path, evaluate: Evaluate) -> None:
    write_clusters(data, "dino", skill=1.0)
    before = evaluate("dino-kmeans", **clusters_of(data, "dino"))
    path = data / "embeddings" / "dino.npz"
    with np.load(path) as file:
        arrays = dict(file)
    order = np.random.default_rng(0).permutation(len(arrays["id"]))
    np.savez(path, **(arrays | {"id": arrays["id"][order], "embedding": arrays["embedding"][order]}))
    assert evaluate("dino-kmeans", **clusters_of(data, "dino")) == before


def test_same_inputs_same_bytes(data: Path, evaluate: Evaluate) -> None:
    write_row(data, "custom", skill=1.5)
    evaluate("custom")
    first = (data / "evaluation" / "custom.json").read_bytes()
    evaluate("custom")
    assert (data / "evaluation" / "custom.json").read_bytes() == first


def test_a_class_without_test_galaxies_is_named(
    data: Path, evaluate: Evaluate, capfd: pytest.CaptureFixture[str]
) -> None:
    lines = (data / "manifest.csv").read_text().splitlines()
    moved = [line.replace(",test", ",train") if line.split(",")[4] == "2" else line for line in lines]
    (data / "manifest.csv").write_text("\n".join(moved) + "\n")
    write_row(data, "custom", skill=1.5)
    found = evaluate("custom")
    assert found["classes_without_test_images"] == "<script>alert('x')</script>"
    assert "no test galaxy belongs to <script>alert('x')</script>" in capfd.readouterr().err
    details = json.loads((data / "evaluation" / "custom.json").read_text())
    assert details["per_class"]["roc_auc"][2] is None
    assert details["support"][2] == 0
    assert found["roc_auc"] is not None


def test_supervised_rows_need_neither_torch_nor_scikit_learn(data: Path) -> None:
    write_row(data, "custom", skill=1.5)
    options: dict[str, str | Path] = {
        "row": "custom",
        "predictions": data / "predictions" / "custom.npz",
        "manifest": data / "manifest.csv",
        "metrics": data / "metrics" / "custom.json",
        "details": data / "evaluation" / "custom.json",
        "params": data / "params.yaml",
    }
    modules, errors = run_and_list_modules("evaluate", options)
    assert not modules & {"torch", "sklearn", "scipy", "mlflow", "pandas", "matplotlib", "h5py", "timm"}
    assert errors == ""
    assert (data / "metrics" / "custom.json").exists()


def test_predictions_of_another_split_are_refused(data: Path, evaluate: Evaluate) -> None:
    write_row(data, "custom", skill=1.5)
    with (data / "manifest.csv").open("a") as file:
        file.write("0123456789ab-000240,240,,,0,240,train\n")
    with pytest.raises(InputError, match=r"custom\.npz belongs to the split manifest [0-9a-f]{12}, not to this one"):
        evaluate("custom")
    assert not (data / "metrics").exists()


def test_predictions_of_other_galaxies_are_refused(data: Path, evaluate: Evaluate) -> None:
    write_row(data, "custom", skill=1.5)
    path = data / "predictions" / "custom.npz"
    save_predictions(path, load_predictions(path).where("test"))
    with pytest.raises(InputError, match=r"custom\.npz: id differs from the manifest"):
        evaluate("custom")


def test_embeddings_that_are_not_there(data: Path, evaluate: Evaluate) -> None:
    write_clusters(data, "dino", skill=1.0)
    with pytest.raises(InputError, match=r"nowhere\.npz does not exist"):
        evaluate("dino-kmeans", **(clusters_of(data, "dino") | {"embeddings": data / "nowhere.npz"}))


def _put(array: Any, value: Any) -> Any:
    array = array.copy()
    array.flat[0] = value
    return array


@pytest.mark.parametrize(
    ("file", "name", "spoil", "message"),
    [
        (
            "clusters",
            "assigned_class",
            lambda a: _put(a, 4),
            "assigned_class has values from 1 to 4; they must be between 0 and 3",
        ),
        ("clusters", "also_assigned_class", lambda a: _put(a, -1), "also_assigned_class has values from -1 to 3"),
        ("clusters", "also_cluster", lambda a: a[:, :-1], r"also_cluster has shape \(2, 239\)"),
        ("clusters", "also_cluster", lambda a: a[:1], r"also_cluster has shape \(1, 240\)"),
        ("clusters", "distance", lambda a: _put(a, np.nan), "distance contains NaN"),
        ("clusters", "distance", lambda a: a.astype("U9"), "distance has shape .* and type <U9"),
        ("clusters", "agreement", lambda a: a[0], r"agreement has shape \(1,\)"),
        ("components", "source", lambda _: np.array("{"), "Expecting"),
        ("components", "source", lambda _: np.array("[]"), "source is not a JSON object"),
        ("components", "embedding", lambda a: _put(a, np.nan), "NaN or infinity"),
        ("components", "explained_variance_ratio", lambda a: _put(a, np.nan), "explained_variance_ratio"),
        ("embeddings", "embedding", lambda a: a[:-1], r"embeddings have shape \(239, 8\) and ids \(240,\)"),
    ],
)
def test_spoilt_clusters_and_features_are_one_line(
    data: Path, evaluate: Evaluate, file: str, name: str, spoil: Callable[[Any], Any], message: str
) -> None:
    write_clusters(data, "dino", skill=1.0)
    paths = clusters_of(data, "dino")
    with np.load(paths[file]) as stored:
        arrays = dict(stored)
    np.savez(paths[file], **(arrays | {name: spoil(arrays[name])}))
    with pytest.raises(InputError, match=f"{paths[file].name}.*{message}") as caught:
        evaluate("dino-kmeans", **paths)
    assert "\n" not in str(caught.value)
    assert not (data / "metrics").exists()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("bootstrap: 50", "bootstrap: -1", "evaluate.bootstrap is -1"),
        ("bins: 15", "bin: 15", "evaluate.bin"),
        ("seed: 0", "seed: zero", 'evaluate.seed is "zero"'),
        ("probe_strength: 1.0", "probe_strength: 0", "evaluate_clusters.probe_strength is 0"),
    ],
)
def test_bad_params(data: Path, evaluate: Evaluate, old: str, new: str, message: str) -> None:
    (data / "params.yaml").write_text(SETTINGS.replace(old, new))
    with pytest.raises(InputError, match=message):
        evaluate("dino-kmeans", **clusters_of(data, "dino"))
