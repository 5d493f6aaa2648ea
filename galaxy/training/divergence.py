"""Trainings whose loss or weights are no numbers any more."""

import math
from collections.abc import Mapping

import torch

from galaxy.errors import InputError
from galaxy.training.distributed import World
from galaxy.training.progress import Progress
from galaxy.training.schedules import Schedule
from galaxy.training.step import Step

_REMEDY = "lower train.lr, or give train.clip_norm or train.warmup_epochs"


class DivergedError(InputError):
    """The loss or a weight is infinite or no number; the last saved state is still good."""


class LossWatch:
    """Knows since which update an epoch's loss is no number, without making the CPU wait for a GPU each time."""

    def __init__(self) -> None:
        self._bad = torch.zeros((), dtype=torch.int64)

    def note(self, total: torch.Tensor) -> None:
        """Take in the epoch's loss so far, after each update: once it is not finite it stays so."""
        self._bad = self._bad.to(total.device) + ~torch.isfinite(total)

    def require_finite(self, progress: Progress, world: World, lr: Schedule, *, per_epoch: int) -> None:
        """Check all updates noted so far; all processes come to the same answer.

        Raises:
            DivergedError: If the loss was not finite; it names the first such update.
        """
        bad = int(world.max(self._bad))
        if bad:
            step = progress.step - bad + 1
            update = progress.epoch * per_epoch + step
            total = float(world.sum(progress.sums["loss"].clone()))
            raise DivergedError(
                f"loss {total} at update {update} (batch {step} of epoch {progress.epoch + 1}, "
                f"learning rate {lr(update - 1):.3g}): {_REMEDY}"
            )


def require_finite_validation(progress: Progress, validation: Mapping[str, float]) -> None:
    """Check the metrics of an epoch whose updates are done.

    Raises:
        DivergedError: If one is infinite or no number.
    """
    for name, value in validation.items():
        if not math.isfinite(value):
            raise DivergedError(f"validation {name} {value} after epoch {progress.epoch + 1}: {_REMEDY}")


def require_finite_state(progress: Progress, step: Step) -> None:
    """Check the step's tensors before they replace saved ones.

    Raises:
        DivergedError: If one holds anything infinite or no number.
    """
    for name, tensor in step.state().items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise DivergedError(
                f"{name} is not finite after batch {progress.step} of epoch {progress.epoch + 1}: {_REMEDY}"
            )
