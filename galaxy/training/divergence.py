"""Trainings whose loss or weights are no numbers any more."""

import math

import torch

from galaxy.errors import InputError
from galaxy.training.progress import Progress
from galaxy.training.step import Step

_REMEDY = "lower train.lr, or give train.clip_norm or train.warmup_epochs"


class DivergedError(InputError):
    """The loss or a weight is infinite or no number; the last saved state is still good."""


def require_finite_loss(progress: Progress, *, lr: float, update: int) -> None:
    """Check the epoch's loss so far, after update number `update`, counted from 0.

    Raises:
        DivergedError: If it is not finite.
    """
    if not math.isfinite(float(progress.sums["loss"])):
        raise DivergedError(
            f"loss {float(progress.sums['loss'])} at update {update + 1} (batch {progress.step} of epoch "
            f"{progress.epoch + 1}, learning rate {lr:.3g}): {_REMEDY}"
        )


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
