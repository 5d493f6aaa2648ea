"""The curves of a row's trainings as a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from galaxy.atomic import write_text
from galaxy.training.record import EpochRecord

HEADER = "seed,epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate"


def write_history(path: Path, records: Mapping[int, Sequence[EpochRecord]]) -> None:
    """One line per seed and epoch, counted from 0; losses in nats, the learning rate of the epoch's last update.

    Timings are left out: they would make the file differ from run to run.
    """
    lines = [HEADER]
    for seed, trained in records.items():
        for record in trained:
            values = [record.train["loss"], record.train["accuracy"]]
            values += [record.validation["loss"], record.validation["accuracy"], record.values["lr"]]
            lines.append(",".join([str(seed), str(record.epoch), *(f"{value:.7g}" for value in values)]))
    write_text(path, "\n".join(lines) + "\n")
