"""The curves of a fine-tuning: for the tracking store, and as a file."""

from collections.abc import Sequence
from pathlib import Path

from galaxy.atomic import write_text
from galaxy.training.record import EpochRecord

METRICS = ("loss", "teacher_entropy", "marginal_entropy", "spread")


def curves(record: EpochRecord) -> dict[str, float]:
    """What is logged of an epoch."""
    values = {f"train_{name}": record.train[name] for name in METRICS}
    values |= {"learning_rate": record.values["lr"], "teacher_momentum": record.values["teacher_momentum"]}
    return values | {"images_per_second": record.items_per_second, "memory_mib": record.memory_bytes / 2**20}


def write_history(path: Path, records: Sequence[EpochRecord], *, seed: int) -> None:
    """One line per epoch, counted from 0, without what differs from run to run."""
    lines = [",".join(["seed,epoch", *(f"train_{name}" for name in METRICS), "learning_rate"])]
    for record in records:
        values = [*(record.train[name] for name in METRICS), record.values["lr"]]
        lines.append(",".join([str(seed), str(record.epoch), *(f"{value:.7g}" for value in values)]))
    write_text(path, "\n".join(lines) + "\n")
