"""Properties that every split has."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from galaxy.data.groups import group_numbers
from galaxy.data.manifest import SPLITS
from galaxy.data.split import quotas
from galaxy.errors import InputError
from tests.galaxy.data.splits import digests, sides

SHARES = [(0.1, 0.2), (0.25, 0.25), (0.01, 0.02), (0.45, 0.45)]


@settings(max_examples=60, deadline=None)
@given(
    counts=st.lists(st.integers(3, 60), min_size=2, max_size=6),
    shares=st.sampled_from(SHARES),
    seed=st.integers(0, 2**32 - 1),
    pairs=st.integers(0, 12),
)
def test_whole_groups_right_shares_any_order(
    counts: list[int], shares: tuple[float, float], seed: int, pairs: int
) -> None:
    chance = np.random.default_rng(seed)
    label = np.repeat(np.arange(len(counts)), counts)
    count = len(label)
    # Pairs of galaxies of any class, but never so many that a class is left without single galaxies.
    single = chance.permutation(np.flatnonzero(np.arange(count) - np.searchsorted(label, label) >= 20))
    linked = single[: 2 * min(pairs, len(single) // 2)].reshape(-1, 2)
    group = group_numbers(count, linked.astype(np.int64))
    digest = digests(count, seed)
    options = {"validation": shares[0], "test": shares[1], "seed": seed % 100}

    split = np.array(sides(label, group, digest, **options))

    assert set(split) == set(SPLITS)
    assert all(len(set(split[group == number])) == 1 for number in group)
    for kind, size in enumerate(counts):
        wanted = quotas(size, shares={"train": 1 - sum(shares), "validation": shares[0], "test": shares[1]})
        assert Counter(split[label == kind].tolist()) == wanted
    order = chance.permutation(count)
    again = np.array(sides(label[order], group[order], digest[order], **options))
    np.testing.assert_array_equal(again, split[order])


@given(count=st.integers(3, 5000), shares=st.sampled_from(SHARES))
def test_quotas_are_within_one_of_the_share(count: int, shares: tuple[float, float]) -> None:
    exact = {"train": 1 - sum(shares), "validation": shares[0], "test": shares[1]}
    whole = quotas(count, shares=exact)
    assert sum(whole.values()) == count
    assert min(whole.values()) >= 1
    if min(exact.values()) * count >= 1:
        assert all(abs(whole[split] - count * share) < 1 for split, share in exact.items())


def test_the_seed_matters_and_sorted_classes_do_not() -> None:
    label = np.repeat([0, 1], 100)
    digest = digests(200, 1)
    group = np.arange(200)
    first = sides(label, group, digest)
    assert first != sides(label, group, digest, seed=1)
    tests = np.flatnonzero(np.array(first) == "test")
    assert 25 < np.median(tests[tests < 100]) < 75


def test_groups_never_take_more_than_a_split_has_room_for() -> None:
    label = np.repeat([0, 1], 60)
    pairs = np.concatenate([np.arange(40), np.arange(60, 100)]).reshape(-1, 2)
    shares = {"train": 0.75, "validation": 0.05, "test": 0.2}
    for seed in range(30):
        split = np.array(sides(label, group_numbers(120, pairs), digests(120, seed), validation=0.05))
        for kind in (0, 1):
            assert Counter(split[label == kind].tolist()) == quotas(60, shares=shares)


def test_groups_that_are_all_a_class_has_are_spread() -> None:
    label = np.repeat([0, 1], [6, 30])
    group = group_numbers(36, np.array([[0, 1], [2, 3], [4, 5]]))
    for seed in range(20):
        split = np.array(sides(label, group, digests(36, seed)))
        assert set(split[:6]) == set(SPLITS)


def test_too_few_galaxies_or_groups_are_an_error() -> None:
    with pytest.raises(InputError, match=r"class 'class 1' has 2 galaxies; at least 3"):
        sides(np.repeat([0, 1], [9, 2]), np.arange(11), digests(11, 0))
    with pytest.raises(
        InputError, match=r"class 'class 1': none of its galaxies is left for .*, because its 9 galaxies form 2 groups"
    ):
        sides(np.repeat([0, 1], 9), np.array([*range(9), *[9] * 4, *[13] * 5]), digests(18, 0))
