"""What one epoch of a training has to tell."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class EpochRecord:
    """One line of a history.

    Attributes:
        epoch: From 0.
        train: Means over the epoch's items, while the weights changed: `loss` and what the step measures.
        validation: After the epoch; empty without validation.
        values: What the schedules gave at the epoch's last update: `lr` and others.
        seconds: Wall time spent on updates in this process; excludes validation and saving.
        items_per_second: Items of the epoch over `seconds`.
        memory_bytes: Peak on the accelerator, or the process's peak resident memory on the CPU.
    """

    epoch: int
    train: Mapping[str, float]
    validation: Mapping[str, float]
    values: Mapping[str, float]
    seconds: float
    items_per_second: float
    memory_bytes: int
