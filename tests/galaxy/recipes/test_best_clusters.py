from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from galaxy.errors import ArgumentError
from galaxy.recipes.best_ablation import ablate, scores_on_test
from galaxy.recipes.best_clusters import cluster_best
from galaxy.recipes.best_curves import rejection_curve
from galaxy.recipes.clusters import predict_classes
from tests.galaxy.recipes.clustered import CLASSES, COUNT, SETTINGS, features, galaxies


@pytest.mark.parametrize("method", ["heads", "kmeans"])
def test_separate_groups_are_found_and_matched(method: str) -> None:
    best = cluster_best(
        features(), galaxies(), CLASSES, **(SETTINGS | {"method": method, "alternatives": ["agglomerative"]})
    )
    assert best.reduced.shape == (COUNT, 3)
    assert best.explained_variance_ratio.shape == (3,)
    scores = scores_on_test(best.clusters)
    assert min(scores.values()) > 0.9
    assert best.clusters.also_cluster.shape == (1, COUNT)
    predictions = predict_classes(best.clusters, probability="distance")
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


def test_dimensions_that_the_galaxies_do_not_have_are_left_out() -> None:
    best = cluster_best(features(), galaxies(), CLASSES, **(SETTINGS | {"components": [3, 50], "neighbours": 500}))
    assert best.reduced.shape[1] == 3
    assert not best.stability


def test_the_ablation_has_a_row_for_each_step_and_ends_with_the_row_itself() -> None:
    noise = np.random.default_rng(1).normal(size=(COUNT, 10)).astype(np.float32)
    best = cluster_best(features(), galaxies(), CLASSES, **SETTINGS)
    given: dict[str, Any] = {name: SETTINGS[name] for name in ("clusters", "seeds", "reduction", "method")}
    table = ablate({"k-means": noise, "symmetries": features()}, best, galaxies(), CLASSES, **given)
    assert [row["step"] for row in table] == ["k-means", "symmetries", "whitening", "heads on neighbours"]
    assert table[0]["accuracy"] < 0.7 < table[-1]["accuracy"]
    assert table[-1] == {"step": "heads on neighbours", **scores_on_test(best.clusters)}
    shorter = ablate({"k-means": noise}, best, galaxies(), CLASSES, **(given | {"method": "kmeans"}))
    assert [row["step"] for row in shorter] == ["k-means", "whitening"]
    finer = cluster_best(features(), galaxies(), CLASSES, **(SETTINGS | {"clusters": 6}))
    longer = ablate({"k-means": noise}, finer, galaxies(), CLASSES, **(given | {"clusters": 3}))
    assert [row["step"] for row in longer] == ["k-means", "whitening", "more clusters", "heads on neighbours"]


def test_the_least_certain_galaxies_are_rejected_first() -> None:
    found = cluster_best(features(), galaxies(), CLASSES, **(SETTINGS | {"seeds": [0]})).clusters
    test = found.split == "test"
    cluster = found.distance[0].argmin(axis=1)
    wrong = np.flatnonzero(test)[:6]
    label, distance = found.label.copy(), found.distance.copy()
    label[test] = found.assigned_class[0][cluster[test]]
    label[wrong] = (label[wrong] + 1) % 3
    distance[0, wrong] = 3.0
    distance[0, wrong, cluster[wrong]] = 2.9
    curve = rejection_curve(replace(found, label=label, distance=distance))
    assert [point["rejected"] for point in curve] == pytest.approx([step / 10 for step in range(10)], abs=1e-5)
    assert curve[0]["accuracy"] == pytest.approx(24 / 30)
    assert curve[1]["accuracy"] == pytest.approx(24 / 27)
    assert curve[2]["accuracy"] == curve[9]["accuracy"] == 1.0
