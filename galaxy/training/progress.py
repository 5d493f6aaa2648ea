"""The position of a running training, and its saved form, from which `fit` resumes."""

import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from galaxy.training.checkpoint import Checkpoint, CheckpointFolder
from galaxy.training.distributed import World
from galaxy.training.record import EpochRecord
from galaxy.training.step import Step


@dataclass
class Progress:
    """The position of a training between two updates.

    Attributes:
        epoch: Number of the epoch that the next update belongs to.
        step: Number of batches of this epoch that are done.
        sums: Loss and metrics summed over the items of this epoch so far, as float64 scalars.
        seconds: Time spent on this epoch so far.
        records: Records of the epochs before this one.
        best: Tensors of the step after the best epoch so far; empty when the last epoch is kept.
        best_score: Score of that epoch; lower is better.
        finished: Whether the training is complete.
    """

    epoch: int = 0
    step: int = 0
    sums: dict[str, torch.Tensor] = field(default_factory=dict)
    seconds: float = 0.0
    records: list[EpochRecord] = field(default_factory=list)
    best: dict[str, torch.Tensor] = field(default_factory=dict)
    best_score: float | None = None
    finished: bool = False

    @property
    def position(self) -> str:
        """Return the position for messages, such as `after batch 3 of epoch 1`, or `after epoch 1` between epochs."""
        return f"after batch {self.step} of epoch {self.epoch + 1}" if self.step else f"after epoch {self.epoch}"

    def add(self, sums: Mapping[str, torch.Tensor]) -> None:
        """Count one more batch, and add its sums to those of the epoch."""
        for name, value in sums.items():
            self.sums[name] = self.sums[name] + value if name in self.sums else value
        self.step += 1

    def clear_sums(self) -> None:
        """Set the sums of the epoch to zero, because another process has them."""
        self.sums = {name: torch.zeros_like(value) for name, value in self.sums.items()}

    def end_epoch(
        self,
        items: int,
        validation: Mapping[str, float],
        values: Mapping[str, float],
        device: torch.device,
        world: World,
    ) -> EpochRecord:
        """Return the record of the epoch, with means over all processes, and move on to the next epoch.

        Args:
            items: Number of items of the epoch, over all processes.
            validation: Validation metrics by name.
            values: Values of the schedules at the last update, by name.
            device: Device of the training.
            world: Processes that train together.
        """
        record = EpochRecord(
            epoch=self.epoch,
            train={name: float(world.sum(value)) / items for name, value in self.sums.items()},
            validation=validation,
            values=values,
            seconds=self.seconds,
            items_per_second=items / self.seconds,
            memory_bytes=_peak_memory(device),
        )
        self.records.append(record)
        self.epoch += 1
        self.step, self.sums, self.seconds = 0, {}, 0.0
        return record

    def keep_best(self, step: Step, score: float) -> None:
        """Keep a copy of the tensors of the step if this epoch is the best so far."""
        if self.best_score is None or score < self.best_score:
            self.best_score = score
            self.best = {name: tensor.detach().clone() for name, tensor in step.state().items()}

    def use_best(self, step: Step) -> None:
        """Copy the tensors of the best epoch back into the step, if they were kept."""
        if self.best:
            _copy(self.best, step.state())

    def save(self, checkpoints: CheckpointFolder, step: Step, optimizer: torch.optim.Optimizer) -> None:
        """Save everything that resuming needs; when the training is finished, save only the weights and the records."""
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
        }
        checkpoints.save(tensors, note)


def restore(checkpoint: Checkpoint, step: Step, optimizer: torch.optim.Optimizer, device: torch.device) -> Progress:
    """Copy saved tensors back into the step and the optimizer, and return the position of the training.

    Args:
        checkpoint: The saved state.
        step: Modules that are trained.
        optimizer: The optimizer of these modules.
        device: Device of the training.

    Raises:
        RuntimeError: If the saved state has other tensors than the step, or tensors of other shapes.
    """
    part: dict[str, dict[str, torch.Tensor]] = {"step": {}, "best": {}, "sums": {}, "optimizer": {}}
    for name, tensor in checkpoint.tensors.items():
        kind, _, rest = name.partition("/")
        part[kind][rest] = tensor
    live = step.state()
    shapes = ({name: tensor.shape for name, tensor in tensors.items()} for tensors in (live, part["step"]))
    if next(shapes) != next(shapes):
        raise RuntimeError("the saved state holds other tensors than the training")
    _copy(part["step"], live)
    parameters = _parameters(optimizer)
    for name, tensor in part["optimizer"].items():
        number, _, key = name.partition("/")
        parameter = parameters[int(number)]
        # In the memory layout of the parameter, because the fused update ignores the strides of both arrays.
        optimizer.state[parameter][key] = (
            tensor.to(parameter.device) if key == "step" else torch.empty_like(parameter).copy_(tensor)
        )
    note = checkpoint.note
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


def _copy(source: Mapping[str, torch.Tensor], target: Mapping[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, tensor in target.items():
            tensor.copy_(source[name])


def _peak_memory(device: torch.device) -> int:
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts in bytes, Linux in KiB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
