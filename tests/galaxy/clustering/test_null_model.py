import numpy as np
import pytest

from galaxy.clustering.null_model import null_accuracies
from galaxy.errors import InputError


def test_the_null_of_the_real_class_counts_is_that_of_the_published_ones() -> None:
    counts = [1081, 1853, 2645, 2027, 334, 2043, 1829, 2628, 1423, 1873]
    label = np.repeat(np.arange(10), counts)
    cluster = np.random.default_rng(0).integers(0, 10, len(label))
    both = null_accuracies(cluster, label, cluster, label, clusters=10, classes=10, draws=20)
    assert both.shape == (20,)
    assert 0.105 < both.min() <= both.max() < 0.13
    assert len(np.unique(both)) > 10


def test_the_null_keeps_cluster_sizes_and_learns_on_training_labels_alone() -> None:
    rng = np.random.default_rng(0)
    train, test = rng.integers(0, 3, 300), rng.integers(0, 3, 300)
    labels = rng.integers(0, 3, 300)
    apart = null_accuracies(train, labels, test, labels, clusters=3, classes=3, draws=200)
    assert apart.mean() == pytest.approx(1 / 3, abs=0.02)
    again = null_accuracies(train, labels, test, labels, clusters=3, classes=3, draws=200)
    np.testing.assert_array_equal(apart, again)
    with pytest.raises(InputError, match="draws"):
        null_accuracies(train, labels, test, labels, clusters=3, classes=3, draws=0)


@pytest.mark.parametrize(
    ("cluster", "label", "said"),
    [
        ([0, 3], [0, 1], "cluster 3 lies outside 0 to 2"),
        ([0, -1], [0, 1], "cluster -1 lies outside 0 to 2"),
        ([0, 1], [0], r"clusters have shape \(2,\) and labels \(1,\)"),
    ],
)
def test_test_galaxies_are_checked_as_training_galaxies_are(cluster: list[int], label: list[int], said: str) -> None:
    train = np.array([0, 1, 2])
    with pytest.raises(InputError, match=said):
        null_accuracies(train, train, np.array(cluster), np.array(label), clusters=3, classes=3, draws=1)
