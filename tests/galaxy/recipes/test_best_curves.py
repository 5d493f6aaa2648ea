from galaxy.recipes.best_curves import cluster_curve
from tests.galaxy.recipes.clustered import CLASSES, features, galaxies


def test_more_clusters_are_scored_up_to_a_third_of_the_galaxies() -> None:
    curve = cluster_curve(features(), galaxies(), CLASSES, counts=[24, 3, 6, 25], seed=0)
    assert [point["clusters"] for point in curve] == [3, 6, 24]
    assert all(point["accuracy"] > 0.9 > 0.6 > point["null_accuracy"] for point in curve)
    assert curve[0]["nmi"] > 0.9 > curve[2]["nmi"]
