"""Values that change over a training: learning rate, weight decay, teacher momentum, temperatures.

A schedule maps the number of an update, counted from 0 over the whole training, to a value.
"""

import math
from collections.abc import Callable

Schedule = Callable[[int], float]


def constant(value: float) -> Schedule:
    """The same value at every update."""
    return lambda update: value  # noqa: ARG005 - a schedule takes the update


def cosine(start: float, end: float, *, updates: int, warmup: int = 0, warmup_start: float = 0.0) -> Schedule:
    """Half a cosine from `start` to exactly `end` at update `updates - 1`, after a linear warm-up.

    Args:
        start: Value at the end of the warm-up; at update 0 without one.
        end: Value at the last update and after it.
        updates: Updates of the whole training, warm-up included.
        warmup: Updates that rise linearly from `warmup_start` towards `start`, which update `warmup` has.
        warmup_start: Value at update 0 when there is a warm-up.

    Raises:
        ValueError: If the warm-up is not shorter than the training.
    """
    if not 0 <= warmup < updates:
        raise ValueError(f"a warm-up of {warmup} updates does not fit a training of {updates}")
    span = max(updates - 1 - warmup, 1)

    def value(update: int) -> float:
        if update < warmup:
            return warmup_start + (start - warmup_start) * update / warmup
        if update >= updates - 1:
            return end if updates > 1 else start
        return end + (start - end) * (1 + math.cos(math.pi * (update - warmup) / span)) / 2

    return value


def linear(start: float, end: float, *, updates: int) -> Schedule:
    """A straight line from `start` to `end` at update `updates`, constant afterwards."""
    return lambda update: start + (end - start) * min(update / updates, 1.0)


def by_epoch(schedule: Schedule, *, updates_per_epoch: int) -> Schedule:
    """A schedule over epochs as one over updates: its value holds for a whole epoch."""
    return lambda update: schedule(update // updates_per_epoch)
