"""Makes the schedules of a DINO fine-tuning, and writes its learning curves."""

from collections.abc import Sequence
from pathlib import Path

from galaxy.atomic import write_and_check
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import Schedule, constant, cosine

METRICS = ("loss", "teacher_entropy", "marginal_entropy", "spread")

_REFERENCE_BATCH = 256
"""The batch size for which learning rates are given; they grow in proportion to it (Goyal et al. 2017)."""


def dino_schedules(
    *,
    epochs: int,
    per_epoch: int,
    batch_size: int,
    lr: float,
    lr_min: float,
    warmup_epochs: int,
    weight_decay: float,
    weight_decay_end: float,
    teacher_momentum: float,
    teacher_temperature: float,
    teacher_temperature_start: float,
    teacher_warmup_epochs: int,
) -> dict[str, Schedule]:
    """Make the schedules of DINO's released training script, each a function of the update.

    Args:
        epochs: Number of passes over the training galaxies.
        per_epoch: Number of updates in an epoch.
        batch_size: Number of galaxies per update.
        lr: Learning rate after the warm-up for a batch of 256; it is scaled in proportion to the batch.
        lr_min: Learning rate at the last update, not scaled.
        warmup_epochs: Epochs over which the learning rate increases linearly from 0.
        weight_decay: Weight decay at the first update.
        weight_decay_end: Weight decay at the last update.
        teacher_momentum: Momentum of the teacher's average at the first update; at the last one it is 1.
        teacher_temperature: Temperature of the teacher after its warm-up.
        teacher_temperature_start: Temperature in the first epoch.
        teacher_warmup_epochs: Epochs over which the temperature changes linearly, epoch by epoch.

    Returns:
        Schedules by name: `lr`, `weight_decay`, `teacher_momentum`, `teacher_temperature`.
    """
    updates = epochs * per_epoch
    first, last = teacher_temperature_start, teacher_temperature

    def temperature(update: int) -> float:
        epoch = update // per_epoch
        if epoch >= teacher_warmup_epochs:
            return last
        return first + (last - first) * epoch / max(teacher_warmup_epochs - 1, 1)

    peak = lr * batch_size / _REFERENCE_BATCH
    return {
        "lr": cosine(peak, lr_min, updates=updates, warmup=warmup_epochs * per_epoch),
        "weight_decay": cosine(weight_decay, weight_decay_end, updates=updates),
        "teacher_momentum": cosine(teacher_momentum, 1.0, updates=updates),
        "teacher_temperature": temperature if teacher_warmup_epochs else constant(last),
    }


def dino_epoch_curves(record: EpochRecord) -> dict[str, float]:
    """Return the values of one epoch by the names of their learning curves."""
    values = {f"train_{name}": record.train[name] for name in METRICS}
    values |= {"learning_rate": record.values["lr"], "teacher_momentum": record.values["teacher_momentum"]}
    return values | {"images_per_second": record.items_per_second, "memory_mib": record.memory_bytes / 2**20}


def write_dino_history(path: Path, records: Sequence[EpochRecord], *, seed: int) -> None:
    """Write the curves as CSV, one line per epoch (counted from 0), without figures that depend on the machine."""
    lines = [",".join(["seed,epoch", *(f"train_{name}" for name in METRICS), "learning_rate"])]
    for record in records:
        values = [*(record.train[name] for name in METRICS), record.values["lr"]]
        lines.append(",".join([str(seed), str(record.epoch), *(f"{value:.7g}" for value in values)]))
    write_and_check(path, "\n".join(lines) + "\n")
