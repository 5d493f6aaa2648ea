"""What the loop asks of one kind of training."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch

from galaxy.training.distributed import World


@dataclass(frozen=True)
class Moment:
    """Where a training stands when a batch is turned into a loss.

    Attributes:
        epoch: From 0.
        step: Number of the batch within the epoch, from 0.
        update: Number of the batch within the training, from 0.
        items: Size of the global batch, over all processes.
        values: What the schedules give at this update, by name: `lr`, `weight_decay` and whatever else there is.
        generator: On the training's device, the same for all processes, seeded from (seed, epoch, step). Draw for
            the whole global batch and take `world.share(...)` of it, then the number of processes changes nothing.
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
        name: For messages and saved states; unique within a step.
        parameters: In an order that is the same in every run.
        decay: Whether the schedule of the weight decay applies; otherwise it is 0.
    """

    name: str
    parameters: Sequence[torch.nn.Parameter]
    decay: bool = True


class Step(Protocol):
    """One kind of training: owns the modules and turns a batch into a loss."""

    def groups(self) -> Sequence[ParameterGroup]:
        """What the optimizer updates."""

    def state(self) -> Mapping[str, torch.Tensor]:
        """All tensors that training changes, by name, live: parameters, running statistics, averages, centres.

        The loop saves them and copies saved ones back into them in place. What is frozen need not be among them.
        """

    def loss(self, positions: torch.Tensor, moment: Moment) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Loss and metrics of this process's share of a global batch.

        Args:
            positions: (b,) int64 on the CPU, each in [0, items of the epoch); b is 0 where a last batch is smaller
                than the number of processes.
            moment: Where the training stands.

        Returns:
            The loss summed over the b items and divided by `moment.items`, so that gradients add up over the
            processes to those of the mean; and, by name, scalars summed over the b items, which the loop turns into
            means over the epoch.
        """

    def before_update(self, moment: Moment) -> None:
        """Change gradients, which are complete, before they are clipped and the optimizer uses them."""

    def after_update(self, moment: Moment) -> None:
        """Called after the optimizer's update: moving averages and the like."""
