from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from galaxy.data.manifest import Manifest
from galaxy.errors import ArgumentError
from galaxy.recipes.best_ablation import ablate, scores_on_test
from galaxy.recipes.best_clusters import cluster_best
from galaxy.recipes.clusters import predict

CLASSES = ("one", "two", "three")
COUNT = 120
SETTINGS: dict[str, Any] = {
    "clusters": None,
    "seeds": [0, 1],
    "reduction": "whitening",
    "components": [3],
    "whitening": 0.5,
    "method": "heads",
    "heads": 4,
    "neighbours": 8,
    "updates": 120,
}


def galaxies() -> Manifest:
    label = np.arange(COUNT) % 3
    return Manifest(
        id=np.array([f"{number:06d}" for number in range(COUNT)]),
        row=np.arange(COUNT),
        ra=np.full(COUNT, np.nan),
        dec=np.full(COUNT, np.nan),
        label=label,
        group=np.arange(COUNT),
        split=np.array(["train"] * 72 + ["validation"] * 18 + ["test"] * 30),
        sha256="m",
    )


def features() -> NDArray[np.float32]:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 10)) * 3
    return (centres[galaxies().label] + rng.normal(size=(COUNT, 10)) * 0.5).astype(np.float32)


@pytest.mark.parametrize("method", ["heads", "kmeans"])
def test_separate_groups_are_found_and_matched(method: str) -> None:
    best = cluster_best(features(), galaxies(), CLASSES, **(SETTINGS | {"method": method, "also": ["agglomerative"]}))
    assert best.reduced.shape == (COUNT, 3)
    assert best.explained_variance_ratio.shape == (3,)
    scores = scores_on_test(best.clusters)
    assert min(scores.values()) > 0.9
    assert best.clusters.also_cluster.shape == (1, COUNT)
    predictions = predict(best.clusters, probability="distance")
    right = predictions.probability.argmax(axis=2) == predictions.label
    assert right.mean() > 0.9


def test_the_most_stable_number_of_components_is_taken() -> None:
    best = cluster_best(features(), galaxies(), CLASSES, **(SETTINGS | {"method": "kmeans", "components": [2, 3, 8]}))
    assert best.stability.keys() == {2, 3, 8}
    assert best.reduced.shape[1] == max(best.stability, key=lambda count: best.stability[count])


def test_labels_of_held_out_galaxies_change_nothing_but_their_own_score() -> None:
    before = cluster_best(features(), galaxies(), CLASSES, **SETTINGS).clusters
    label = galaxies().label.copy()
    label[72:] = (label[72:] + 1) % 3
    after = cluster_best(features(), replace(galaxies(), label=label), CLASSES, **SETTINGS).clusters
    for name in ("cluster", "distance", "assigned_class"):
        np.testing.assert_array_equal(getattr(before, name), getattr(after, name))
    assert scores_on_test(before)["accuracy"] > 0.9 > scores_on_test(after)["accuracy"]


def test_features_of_held_out_galaxies_do_not_move_the_clusters_of_training_galaxies() -> None:
    x = features()
    before = cluster_best(x, galaxies(), CLASSES, **SETTINGS).clusters
    x[72:] = 5 - x[72:]
    after = cluster_best(x, galaxies(), CLASSES, **SETTINGS).clusters
    np.testing.assert_array_equal(before.cluster[:, :72], after.cluster[:, :72])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"clusters": 73}, r"\Aclusters is 73"),
        ({"components": [11]}, r"\Acomponents is 11"),
        ({"method": "magic"}, r"\Amethod is 'magic'; allowed are heads, kmeans"),
        ({"reduction": "magic"}, r"\Areduction is 'magic'; allowed are whitening, umap"),
    ],
)
def test_arguments_that_do_not_fit_are_one_line(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        cluster_best(features(), galaxies(), CLASSES, **(SETTINGS | changes))


def test_the_ablation_has_a_row_for_each_step() -> None:
    given = {name: SETTINGS[name] for name in ("clusters", "seeds", "whitening", "heads", "neighbours", "updates")}
    noise = np.random.default_rng(1).normal(size=(COUNT, 10)).astype(np.float32)
    table = ablate({"k-means": noise, "symmetries": features()}, galaxies(), CLASSES, components=3, **given)
    assert [row["step"] for row in table] == ["k-means", "symmetries", "whitening", "heads on neighbours"]
    assert table[0]["accuracy"] < 0.7 < table[-1]["accuracy"]
    assert all(set(row) == {"step", "accuracy", "ari", "nmi", "ami"} for row in table)
