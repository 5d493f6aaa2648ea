"""What a pretraining gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from galaxy.training.record import EpochRecord


@dataclass(frozen=True, eq=False)
class Pretrained:
    """Weights and what they expect.

    Attributes:
        tensors: On the CPU, by their names in the network.
        mean: Per channel of the pixels scaled to [0, 1] that they learnt from.
        deviation: Likewise.
        records: One per epoch.
    """

    tensors: Mapping[str, torch.Tensor]
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    records: Sequence[EpochRecord]
