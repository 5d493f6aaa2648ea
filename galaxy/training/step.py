"""The interface between the epoch loop and one kind of training, supervised or DINO's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from galaxy.training.distributed import World


@dataclass(frozen=True)
class Moment:
    """Position in the training when the loss of a batch is computed.

    Attributes:
        epoch: Number of the epoch, from 0.
        step: Number of the batch within the epoch, from 0.
        update: Number of the batch within the training, from 0.
        items: Size of the global batch, over all processes.
        values: Values of the schedules at this update, by name.
        generator: Generator on the training's device, seeded from (seed, epoch, step) and equal in all processes. If
            numbers are drawn for the whole global batch, and `world.share(...)` of them is used, results do not depend
            on the number of processes.
        world: The processes that train together.
    """

    epoch: int
    step: int
    update: int
    items: int
    values: Mapping[str, float]
    generator: torch.Generator
    world: World


@dataclass(frozen=True)
class ParameterGroup:
    """Parameters that share their optimizer settings.

    Attributes:
        name: Name for messages and saved states; unique within a step.
        parameters: The parameters, in an order that is the same in every run.
        decay: Whether the schedule of the weight decay applies; otherwise the weight decay is 0.
    """

    name: str
    parameters: Sequence[torch.nn.Parameter]
    decay: bool = True


class Step(Protocol):
    """One kind of training: holds the modules that are trained and computes the loss of a batch."""

    def groups(self) -> Sequence[ParameterGroup]:
        """Return the parameters that the optimizer updates, in groups."""

    def state(self) -> Mapping[str, torch.Tensor]:
        """Return all tensors that training changes, by name: parameters, running statistics, averages, centres.

        These must be the tensors themselves and not copies: the loop saves them, and overwrites them when it resumes.
        Frozen tensors may be left out.
        """

    def loss(self, positions: torch.Tensor, moment: Moment) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Compute loss and metrics of this process's part of a global batch.

        Args:
            positions: (b,) int64 on the CPU, each in [0, items of the epoch); b is 0 where a last batch is smaller
                than the number of processes.
            moment: Position in the training.

        Returns:
            The loss, summed over the b items and divided by `moment.items`, so that the sum of the gradients over the
            processes is the gradient of the mean loss; and metrics by name, scalars summed over the b items, which the
            loop turns into means over the epoch.
        """

    def before_update(self, moment: Moment) -> None:
        """Change the gradients after they are summed over the processes, and before they are clipped and used."""

    def after_update(self, moment: Moment) -> None:
        """Do what follows each update of the optimizer, for example update moving averages."""
