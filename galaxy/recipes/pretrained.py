"""The result of a pretraining, and the learning rate that both kinds of pretraining use."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from galaxy.training.record import EpochRecord
from galaxy.training.schedules import Schedule, cosine


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


def learning_rate(lr: float, *, epochs: int, per_epoch: int, warmup_epochs: float) -> Schedule:
    """Return a schedule that rises linearly to `lr` and follows half a cosine down to a hundredth of it.

    Args:
        lr: Learning rate at the end of the warm-up.
        epochs: Epochs of the whole training.
        per_epoch: Updates per epoch.
        warmup_epochs: Epochs of the linear rise; fractions are allowed.
    """
    return cosine(lr, lr / 100, updates=epochs * per_epoch, warmup=round(warmup_epochs * per_epoch))
