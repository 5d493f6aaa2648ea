import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from galaxy.clustering.alternatives import ALTERNATIVES, cluster_with
from galaxy.errors import InputError

RNG = np.random.default_rng(0)
LABEL = np.tile(np.arange(3), 60)
X = np.array([[0, 0], [12, 0], [0, 14]])[LABEL] + RNG.normal(size=(180, 2))
TRAIN = np.arange(180) < 120


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_separate_groups_are_found_in_all_galaxies(name: str) -> None:
    found = cluster_with(name, X, TRAIN, clusters=3, seed=0)
    assert found.shape == (180,)
    assert adjusted_rand_score(LABEL, found) == 1.0
    np.testing.assert_array_equal(found, cluster_with(name, X, TRAIN, clusters=3, seed=0))


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_galaxies_outside_training_do_not_change_the_training_ones(name: str) -> None:
    moved = X.copy()
    moved[~TRAIN] = RNG.normal(size=(60, 2)) * 100
    first = cluster_with(name, X, TRAIN, clusters=3, seed=0)
    np.testing.assert_array_equal(first[TRAIN], cluster_with(name, moved, TRAIN, clusters=3, seed=0)[TRAIN])


def test_impossible_requests_are_one_line() -> None:
    with pytest.raises(InputError, match="gaussian-mixture, agglomerative, spectral"):
        cluster_with("dbscan", X, TRAIN, clusters=3, seed=0)
    with pytest.raises(InputError, match="between 2 and 120"):
        cluster_with("spectral", X, TRAIN, clusters=121, seed=0)
    with pytest.raises(InputError, match="NaN"):
        cluster_with("spectral", X * np.nan, TRAIN, clusters=3, seed=0)


@pytest.mark.parametrize("name", ALTERNATIVES)
@pytest.mark.parametrize(
    ("count", "clusters"), [(2, 2), (3, 2), (5, 4), (12, 10), (12, 11), (12, 12), (30, 29), (30, 30)]
)
def test_nearly_as_many_clusters_as_galaxies(name: str, count: int, clusters: int) -> None:
    train = np.arange(180) < count
    found = cluster_with(name, X, train, clusters=clusters, seed=0)
    assert found.shape == (180,)
    assert 0 <= found.min() <= found.max() < clusters
    if clusters == count:
        assert len(set(found[train])) == count  # each alone
