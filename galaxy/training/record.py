"""The record of one epoch, and what is decided from records: the best epoch and when to stop early."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Keep = Literal["last", "best-accuracy", "best-loss"]
"""The epoch whose weights a training ends with."""


@dataclass(frozen=True)
class EpochRecord:
    """One line of a history.

    Attributes:
        epoch: Number of the epoch, from 0.
        train: Means over the epoch's items while the weights changed: `loss` and the metrics of the step.
        validation: Metrics after the epoch; empty without validation.
        values: Values of the schedules at the epoch's last update: `lr` and others.
        seconds: Wall time of the updates in this process, without validation and saving.
        items_per_second: Items of the epoch divided by `seconds`.
        memory_bytes: Peak memory allocated on a GPU; on the CPU the peak resident memory of the process.
    """

    epoch: int
    train: Mapping[str, float]
    validation: Mapping[str, float]
    values: Mapping[str, float]
    seconds: float
    items_per_second: float
    memory_bytes: int


def epoch_score(keep: Keep) -> Callable[[EpochRecord], float] | None:
    """Return the function that scores an epoch (lower is better), or None when the last epoch is kept."""
    if keep == "last":
        return None
    if keep == "best-loss":
        return lambda record: record.validation["loss"]
    return lambda record: -record.validation["accuracy"]


def has_stalled(records: Sequence[EpochRecord], *, patience: int) -> bool:
    """Return whether the lowest validation loss is at least `patience` epochs old."""
    losses = [record.validation["loss"] for record in records]
    return len(losses) - 1 - losses.index(min(losses)) >= patience
