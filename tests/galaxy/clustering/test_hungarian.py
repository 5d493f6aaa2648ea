import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galaxy.clustering.hungarian import contingency, match_clusters
from galaxy.errors import InputError


@given(st.integers(0, 10_000), st.integers(2, 5))
@settings(max_examples=30, deadline=None)
def test_no_other_matching_gets_more_galaxies_right(seed: int, classes: int) -> None:
    rng = np.random.default_rng(seed)
    cluster, label = rng.integers(0, classes, 60), rng.integers(0, classes, 60)
    assigned = match_clusters(cluster, label, clusters=classes, classes=classes)
    assert sorted(assigned) == list(range(classes))
    best = max(np.mean(np.array(p)[cluster] == label) for p in itertools.permutations(range(classes)))
    assert np.mean(assigned[cluster] == label) == pytest.approx(best)


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_renaming_clusters_changes_nothing_that_is_scored(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cluster, label, names = rng.integers(0, 6, 50), rng.integers(0, 4, 50), rng.permutation(6)
    plain = match_clusters(cluster, label, clusters=6, classes=4)[cluster]
    renamed = match_clusters(names[cluster], label, clusters=6, classes=4)[names[cluster]]
    assert np.mean(plain == label) == np.mean(renamed == label)


def test_surplus_clusters_take_their_majority_and_empty_ones_the_most_frequent_class() -> None:
    cluster = np.array([0] * 5 + [1] * 4 + [2] * 3)
    label = np.array([0] * 5 + [1] * 4 + [1, 1, 1])
    assert match_clusters(cluster, label, clusters=4, classes=2).tolist() == [0, 1, 1, 1]
    assert match_clusters(cluster, np.array([0] * 6 + [1] * 4 + [0, 0]), clusters=4, classes=2)[3] == 0


@given(st.integers(0, 10_000))
@settings(max_examples=20, deadline=None)
def test_no_choice_of_surplus_clusters_gets_more_galaxies_right(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cluster, label = rng.integers(0, 5, 40), rng.integers(0, 3, 40)
    assigned = match_clusters(cluster, label, clusters=5, classes=3)
    counts = contingency(cluster, label, clusters=5, classes=3)
    best = max(
        sum(counts[c, k] for k, c in enumerate(matched)) + sum(counts[c].max() for c in set(range(5)) - set(matched))
        for matched in itertools.permutations(range(5), 3)
    )
    assert int(np.sum(assigned[cluster] == label)) == best


def test_fewer_clusters_than_classes_leave_classes_out() -> None:
    assigned = match_clusters(np.array([0, 0, 1, 1]), np.array([2, 2, 0, 1]), clusters=2, classes=3)
    assert assigned[0] == 2
    assert assigned[1] in {0, 1}


def test_contingency_counts_and_refuses() -> None:
    table = contingency(np.array([0, 1, 1]), np.array([0, 0, 1]), clusters=2, classes=2)
    assert table.tolist() == [[1, 0], [1, 1]]
    with pytest.raises(InputError, match="cluster 2"):
        contingency(np.array([0, 2]), np.array([0, 0]), clusters=2, classes=2)
    with pytest.raises(InputError, match="cluster -1 lies outside 0 to 3"):
        contingency(np.array([3, -1]), np.array([0, 0]), clusters=4, classes=2)
    with pytest.raises(InputError, match="label"):
        contingency(np.array([0, 1]), np.array([0]), clusters=2, classes=2)
