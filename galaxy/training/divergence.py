"""Detects trainings whose loss or weights become infinite or NaN."""

import math
from collections.abc import Mapping

import torch

from galaxy.errors import InputError
from galaxy.training.distributed import World
from galaxy.training.progress import Progress
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import Schedule
from galaxy.training.step import Step


class DivergedError(InputError):
    """Raised when the loss, a metric or a weight is infinite or NaN; the last saved state is still valid.

    Args:
        found: What is infinite or NaN, and after which update.

    Attributes:
        found: The same, without the advice with which the message ends.
    """

    def __init__(self, found: str) -> None:
        super().__init__(f"{found}: lower lr, or give clip_norm or warmup_epochs")
        self.found = found


class LossCheck:
    """Counts updates from the first whose loss is infinite or NaN, without waiting for the GPU after each update."""

    def __init__(self) -> None:
        self._bad = torch.zeros((), dtype=torch.int64)

    def add(self, total: torch.Tensor) -> None:
        """Count an update.

        Args:
            total: Sum of the epoch's losses so far, a scalar. Once it is infinite or NaN, it stays so.
        """
        self._bad = self._bad.to(total.device) + ~torch.isfinite(total)

    def require_finite(self, progress: Progress, world: World, lr: Schedule, *, per_epoch: int) -> None:
        """Check all updates counted so far, with the same result in all processes.

        Args:
            progress: Position of the training.
            world: Processes that train together.
            lr: Schedule of the learning rate, for the message.
            per_epoch: Number of updates in an epoch.

        Raises:
            DivergedError: If the loss was not finite; the message names the first such update.
        """
        bad = int(world.max(self._bad))
        if bad:
            step = progress.step - bad + 1
            update = progress.epoch * per_epoch + step
            total = float(world.sum(progress.sums["loss"].clone()))
            raise DivergedError(
                f"loss {total} at update {update} (batch {step} of epoch {progress.epoch + 1}, "
                f"learning rate {lr(update - 1):.3g})"
            )


def require_finite_validation(progress: Progress, validation: Mapping[str, float]) -> None:
    """Check the validation metrics of an epoch.

    Raises:
        DivergedError: If one is infinite or NaN.
    """
    for name, value in validation.items():
        if not math.isfinite(value):
            raise DivergedError(f"validation {name} {value} after epoch {progress.epoch + 1}")


def require_finite_metrics(record: EpochRecord) -> None:
    """Check the training metrics of an epoch, which the saved state contains.

    Raises:
        DivergedError: If one is infinite or NaN.
    """
    for name, value in record.train.items():
        if not math.isfinite(value):
            raise DivergedError(f"training {name} {value} after epoch {record.epoch + 1}")


def require_finite_state(progress: Progress, step: Step) -> None:
    """Check the tensors of the step before they are saved.

    Raises:
        DivergedError: If one contains an infinite value or NaN.
    """
    for name, tensor in step.state().items():
        if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
            raise DivergedError(f"{name} is not finite {progress.position}")
