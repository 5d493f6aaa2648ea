"""Runs the epochs of both kinds of pretraining, and defines their settings and their result."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict, Unpack

import torch

from galaxy.errors import ArgumentError
from galaxy.training.batches import batch_sizes
from galaxy.training.checkpoint import CheckpointFolder
from galaxy.training.loop import Validate, fit
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import Schedule, cosine
from galaxy.training.step import Step

_FORMATS = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class PretrainingSpec(TypedDict):
    """Keyword arguments of both kinds of pretraining.

    Attributes:
        epochs: Number of passes over the training pictures.
        batch_size: Pictures per update.
        lr: AdamW's learning rate after the warm-up; it then decreases along half a cosine to a hundredth of this value.
        warmup_epochs: Epochs of the linear warm-up; fractions are allowed.
        seed: Seed of weights, order of the pictures and their random changes.
        device: Device to train on.
        state: Folder of the checkpoints, from which an interrupted training resumes.
        on_epoch: Called with the record of each epoch.
        title: Label of the progress bar; None shows none.
        number_format: `float32` or `bfloat16`, of convolutions and matrix products; None takes what `Precision.of`
            chooses for the device.
    """

    epochs: int
    batch_size: int
    lr: float
    warmup_epochs: float
    seed: int
    device: torch.device
    state: Path
    on_epoch: NotRequired[Callable[[EpochRecord], None] | None]
    title: NotRequired[str | None]
    number_format: NotRequired[str | None]


@dataclass(frozen=True, eq=False)
class Pretrained:
    """Weights, and the normalisation of pixels that they expect.

    Attributes:
        tensors: Tensors on the CPU, by their names in the network.
        mean: Mean per channel of the training pixels scaled to [0, 1].
        std: Standard deviation per channel, in the same units.
        records: One record per epoch.
    """

    tensors: Mapping[str, torch.Tensor]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    records: Sequence[EpochRecord]


def updates_per_epoch(items: int, spec: PretrainingSpec) -> int:
    """Return the number of updates in an epoch over `items` pictures.

    Raises:
        ArgumentError: If there are fewer pictures than one batch.
    """
    if spec["batch_size"] > items:
        raise ArgumentError(
            f"batch_size is {spec['batch_size']}; it must be at most {items}, the number of training pictures"
        )
    return len(batch_sizes(items, spec["batch_size"]))


def pretraining_precision(device: torch.device, number_format: str | None) -> Precision:
    """Return the device with the number format of this name; for None with the one that `Precision.of` chooses."""
    return Precision(device, _FORMATS[number_format]) if number_format else Precision.of(device)


def pretrain(
    step: Step,
    items: int,
    *,
    schedules: Mapping[str, Schedule],
    clip_norm: float,
    validate: Validate | None = None,
    **spec: Unpack[PretrainingSpec],
) -> list[EpochRecord]:
    """Train the modules of `step` on `items` pictures and return one record per epoch.

    Args:
        step: The modules that are trained, and how a batch becomes a loss.
        items: Number of training pictures.
        schedules: All schedules that the step needs except that of the learning rate.
        clip_norm: Largest Euclidean norm of all gradients together.
        validate: Computes the validation metrics after each epoch.
        **spec: Settings, see `PretrainingSpec`.

    Raises:
        ArgumentError: If there are fewer pictures than one batch.
        DivergedError: If a loss, a metric or a weight becomes infinite or NaN.
        InputError: If the state cannot be saved.
        Interrupted: If SIGTERM or Ctrl-C has come; the state has been saved.
    """
    epochs, per_epoch = spec["epochs"], updates_per_epoch(items, spec)
    warmup = round(spec["warmup_epochs"] * per_epoch)
    precision = pretraining_precision(spec["device"], spec.get("number_format"))
    if title := spec.get("title"):
        print(f"{title}: training on {precision}", file=sys.stderr)
    lr = cosine(spec["lr"], spec["lr"] / 100, updates=epochs * per_epoch, warmup=warmup)
    return fit(
        step,
        items=items,
        epochs=epochs,
        batch_size=spec["batch_size"],
        seed=spec["seed"],
        schedules={"lr": lr, **schedules},
        precision=precision,
        clip_norm=clip_norm,
        validate=validate,
        checkpoints=CheckpointFolder(spec["state"]),
        on_epoch=spec.get("on_epoch"),
        title=title,
    )
