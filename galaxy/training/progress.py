"""Saved state of a running training: everything that `fit` needs to go on as if nothing had happened."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from galaxy.training.checkpoint import Checkpoint, Checkpoints
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.step import Step


@dataclass
class Progress:
    """Where a training stands, between two updates.

    Attributes:
        epoch: The epoch that the next update belongs to.
        step: Batches of it that are done.
        sums: Sums over its items so far, by name, float64 scalars.
        seconds: Time spent on it so far.
        records: The epochs before it.
        best: The step's tensors at the best epoch so far, when the best is to be kept.
        best_score: That epoch's score; lower is better.
        finished: Whether nothing is left to do.
    """

    epoch: int = 0
    step: int = 0
    sums: dict[str, torch.Tensor] = field(default_factory=dict)
    seconds: float = 0.0
    records: list[EpochRecord] = field(default_factory=list)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    best_score: float | None = None
    finished: bool = False

    def save(
        self, checkpoints: Checkpoints, step: Step, optimizer: torch.optim.Optimizer, precision: Precision
    ) -> None:
        """Write a generation. A finished training keeps its weights and records, not its optimizer state."""
        tensors = {f"step/{name}": tensor for name, tensor in step.state().items()}
        if not self.finished:
            tensors |= {f"best/{name}": tensor for name, tensor in self.best.items()}
            tensors |= {f"sums/{name}": tensor for name, tensor in self.sums.items()}
            for number, parameter in enumerate(_parameters(optimizer)):
                tensors |= {f"optimizer/{number}/{key}": value for key, value in optimizer.state[parameter].items()}
        note: dict[str, Any] = {
            "epoch": self.epoch,
            "step": self.step,
            "seconds": self.seconds,
            "records": [asdict(record) for record in self.records],
            "best_score": self.best_score,
            "finished": self.finished,
            "precision": precision.state(),
        }
        checkpoints.save(tensors, note)


def restore(
    checkpoint: Checkpoint, step: Step, optimizer: torch.optim.Optimizer, precision: Precision, device: torch.device
) -> Progress:
    """Put saved tensors back where they were and return where the training stood."""
    part: dict[str, dict[str, torch.Tensor]] = {"step": {}, "best": {}, "sums": {}, "optimizer": {}}
    for name, tensor in checkpoint.tensors.items():
        kind, _, rest = name.partition("/")
        part[kind][rest] = tensor
    live = step.state()
    if live.keys() != part["step"].keys():
        raise RuntimeError("the saved state holds other tensors than the training")
    with torch.no_grad():
        for name, tensor in live.items():
            tensor.copy_(part["step"][name])
    parameters = _parameters(optimizer)
    for name, tensor in part["optimizer"].items():
        number, _, key = name.partition("/")
        parameter = parameters[int(number)]
        # In the parameter's own memory layout: the fused update walks both arrays in step without looking at strides.
        optimizer.state[parameter][key] = (
            tensor.to(parameter.device) if key == "step" else torch.empty_like(parameter).copy_(tensor)
        )
    note = checkpoint.note
    precision.load(note["precision"])
    return Progress(
        epoch=note["epoch"],
        step=note["step"],
        sums={name: tensor.to(device) for name, tensor in part["sums"].items()},
        seconds=note["seconds"],
        records=[EpochRecord(**record) for record in note["records"]],
        best={name: tensor.to(device) for name, tensor in part["best"].items()},
        best_score=note["best_score"],
        finished=note["finished"],
    )


def _parameters(optimizer: torch.optim.Optimizer) -> Sequence[torch.nn.Parameter]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]
