"""Values that change over a training: learning rate, weight decay, teacher momentum, temperatures.

A schedule maps the number of an update, counted from 0 over the whole training, to a value.
"""

import math
from collections.abc import Callable

Schedule = Callable[[int], float]


def constant(value: float) -> Schedule:
    """Return a schedule with the same value at every update."""
    return lambda update: value  # noqa: ARG005 - a schedule takes the update


def cosine(start: float, end: float, *, updates: int, warmup: int = 0, warmup_start: float = 0.0) -> Schedule:
    """Return a schedule along half a cosine from `start` to `end` at update `updates - 1`, after a linear warm-up.

    Args:
        start: Value at update `warmup`.
        end: Value at the last update and after it.
        updates: Number of updates of the whole training, with those of the warm-up.
        warmup: Number of updates over which the value increases linearly from `warmup_start` to `start`.
        warmup_start: Value at update 0 when there is a warm-up.

    Raises:
        ValueError: If the warm-up is not shorter than the training.

    Example:
        >>> lr = cosine(1.0, 0.0, updates=5, warmup=2)
        >>> [lr(update) for update in range(5)]
        [0.0, 0.5, 1.0, 0.5, 0.0]
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
