"""Splits galaxies into training, validation and test, stratified by class, with groups kept together.

The split does not depend on the order of the rows.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy.counted import counted
from galaxy.data.manifest import SPLITS
from galaxy.errors import InputError

_RANKS = 2**62


def quotas(count: int, *, shares: Mapping[str, float]) -> dict[str, int]:
    """Return how many of the `count` galaxies of a class go to each split of `SPLITS`.

    Numbers are rounded by largest remainders, so that each differs by less than one from its share; but each split
    gets at least one galaxy. `shares` are the shares of all splits, which sum to 1.

    Example:
        >>> quotas(17, shares={"train": 0.7, "validation": 0.1, "test": 0.2})
        {'train': 12, 'validation': 2, 'test': 3}
    """
    exact = {split: count * shares[split] for split in SPLITS}
    whole = {split: max(1, int(np.floor(exact[split] + 1e-9))) for split in SPLITS}
    while sum(whole.values()) < count:
        whole[max(SPLITS, key=lambda split: exact[split] - whole[split])] += 1
    while sum(whole.values()) > count:
        whole[max((s for s in SPLITS if whole[s] > 1), key=lambda split: whole[split] - exact[split])] -= 1
    return whole


def too_small(label: NDArray[np.int64], *, class_names: Sequence[str]) -> list[str]:
    """Return one line for each class that has fewer galaxies than there are splits, with what helps.

    Args:
        label: (N,) labels, from 0.
        class_names: Names of the classes in label order.
    """
    problems = []
    for name, count in zip(class_names, np.bincount(label, minlength=len(class_names)), strict=True):
        if count == 0:
            problems.append(f"class {name!r} has no galaxies; remove its name, and number the labels without gaps")
        elif count < len(SPLITS):
            problems.append(
                f"class {name!r} has {counted(count, 'galaxy')}; at least {len(SPLITS)} are needed, one for each "
                "split: add some, or leave out the class"
            )
    return problems


def split_galaxies(
    label: NDArray[np.int64],
    group: NDArray[np.int64],
    digest: NDArray[np.uint8],
    *,
    class_names: Sequence[str],
    validation: float,
    test: float,
    seed: int,
) -> NDArray[np.str_]:
    """Assign each galaxy to one of `SPLITS`, by class and with groups kept together.

    Random numbers are the SHA-256 of seed and pixels, so that a galaxy stays in its split when rows are shuffled.
    Groups of several galaxies are placed first, large groups before small ones; each goes to a random split among those
    that still have room for all of its classes, with probabilities proportional to the shares. Single galaxies then
    fill the quota of their class in each split, in the order of their hashes.

    Args:
        label: (N,) number of each galaxy's class.
        group: (N,) number of each galaxy's group.
        digest: (N, 32) uint8, SHA-256 of each galaxy's pixels.
        class_names: Names of the classes in label order, for messages.
        seed: Seed of the random numbers.
        validation: Share of the validation galaxies, in (0, 1).
        test: Share of the test galaxies, in (0, 1).

    Returns:
        (N,) name of each galaxy's split.

    Raises:
        InputError: If a class has too few galaxies, or too few groups, for each split to get one.
    """
    shares = {"train": 1 - validation - test, "validation": validation, "test": test}
    counts = np.bincount(label, minlength=len(class_names))
    if problems := too_small(label, class_names=class_names):
        raise InputError(problems[0])
    room = np.array([list(quotas(int(count), shares=shares).values()) for count in counts])  # (classes, splits)
    rank = _ranks(digest, seed=seed)
    chosen = np.full(len(label), -1, dtype=np.int64)
    empty = np.ones(room.shape, dtype=bool)  # whether a split has no galaxy of a class yet
    order = np.lexsort((rank, label))
    members = _members(group)
    several = [rows for rows in members if len(rows) > 1]
    waiting = np.bincount(label[[rows[0] for rows in members if len(rows) == 1]], minlength=len(class_names))
    for rows in several:
        waiting[np.unique(label[rows])] += 1  # groups of each class that are still to be placed
    for rows in sorted(several, key=lambda rows: (-len(rows), rank[rows].min())):
        need = np.bincount(label[rows], minlength=len(class_names))
        present = need > 0
        best = _place(
            need,
            room,
            waiting,
            empty=empty,
            draw=int(rank[rows].sum()) % _RANKS,  # NumPy's sum wraps around at 2**64, a multiple of _RANKS
            shares=shares,
        )
        chosen[rows] = best
        empty[present, best] = False
        room[:, best] -= need
        waiting[present] -= 1
    # Test and validation are filled to their quota, training takes what is left.
    for row in order[chosen[order] < 0]:
        here = room[label[row]]
        split = next((s for s in (2, 1) if here[s] > 0), 0)
        chosen[row] = split
        empty[label[row], split] = False
        here[split] -= 1
    missing = np.argwhere(empty)
    if len(missing):
        kind, split = missing[0]
        groups = len(np.unique(group[label == kind]))
        raise InputError(
            f"class {class_names[kind]!r}: none of its galaxies is left for {SPLITS[split]}, because its "
            f"{counts[kind]} galaxies form {groups} groups, each of which must stay in one set; lower group_radius "
            "or group_images, or give more galaxies of this class"
        )
    return np.array(SPLITS)[chosen]


def _place(
    need: NDArray[np.int64],
    room: NDArray[np.int64],
    waiting: NDArray[np.int64],
    *,
    empty: NDArray[np.bool_],
    draw: int,
    shares: Mapping[str, float],
) -> int:
    present = need > 0
    left = (room[present] - need[present, None]).min(axis=0)  # (splits,), negative where a quota would be exceeded
    allowed = left >= 0
    # If as many groups of a class are left as splits without this class, each of those splits must get one of them.
    for kind in np.flatnonzero(present & empty.any(axis=1)):
        if waiting[kind] <= empty[kind].sum():
            allowed = empty[kind]
            break
    if not allowed.any():
        return int(np.argmax(left))
    weights = np.where(allowed, [shares[split] for split in SPLITS], 0.0)
    return int(np.searchsorted(np.cumsum(weights) / weights.sum(), draw / _RANKS, side="right"))


def _members(group: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    order = np.argsort(group, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(group[order])) + 1)


def _ranks(digest: NDArray[np.uint8], *, seed: int) -> NDArray[np.int64]:
    """Return (N,) pseudo-random integers from 0 to 2**62 - 1, which depend on the seed and each galaxy's pixels."""
    prefix = f"split {seed} ".encode()
    drawn = (hashlib.sha256(prefix + row.tobytes()).digest()[:8] for row in digest)
    return np.array([int.from_bytes(value, "big") >> 2 for value in drawn], dtype=np.int64)
