"""One update of the weights with AdamW, from the loss of a batch and its gradient."""

from collections.abc import Mapping

import torch

from galaxy.training.adamw import AdamW
from galaxy.training.distributed import World
from galaxy.training.precision import Precision
from galaxy.training.schedules import Schedule
from galaxy.training.seeding import make_generator, seed_layers
from galaxy.training.step import Moment, Step


class Updater:
    """AdamW (Loshchilov and Hutter 2019) over the parameters of a step.

    Args:
        step: Modules that are trained and their loss.
        schedules: Schedules by name; `lr` and `weight_decay` are required.
        seed: Seed of everything that is drawn at random.
        per_epoch: Number of updates in an epoch.
        precision: Device and number format.
        betas: Decay rates of AdamW's moments.
        clip_norm: Largest Euclidean norm of all gradients together; None does not clip.
        world: Processes that train together.
    """

    def __init__(
        self,
        step: Step,
        *,
        schedules: Mapping[str, Schedule],
        seed: int,
        per_epoch: int,
        precision: Precision,
        betas: tuple[float, float],
        clip_norm: float | None,
        world: World,
    ) -> None:
        self._step, self._schedules, self._seed, self._per_epoch = step, schedules, seed, per_epoch
        self._precision, self._clip_norm, self._world = precision, clip_norm, world
        self._groups = step.groups()
        self._parameters = [parameter for group in self._groups for parameter in group.parameters]
        self.optimizer = AdamW(
            [{"params": list(group.parameters), "lr": 0.0, "weight_decay": 0.0} for group in self._groups],
            betas=betas,
            fused=True,
        )

    def values(self, update: int) -> dict[str, float]:
        """Return the values of the schedules at an update, counted from 0 over the whole training."""
        return {name: schedule(update) for name, schedule in self._schedules.items()}

    def __call__(self, batch: torch.Tensor, *, epoch: int, number: int) -> dict[str, torch.Tensor]:
        """Update the weights with one batch.

        Args:
            batch: (b,) int64 positions of the items of the global batch, on the CPU.
            epoch: Number of the epoch, from 0.
            number: Number of the batch within the epoch, from 0.

        Returns:
            The loss and the metrics of the step, summed over the items of this process, as float64 scalars.
        """
        count = epoch * self._per_epoch + number
        values = self.values(count)
        for group, settings in zip(self._groups, self.optimizer.param_groups, strict=True):
            settings["lr"] = values["lr"]
            settings["weight_decay"] = values["weight_decay"] if group.decay else 0.0
        generator = make_generator(self._precision.device, "step", self._seed, epoch, number)
        moment = Moment(epoch, number, count, len(batch), values, generator, self._world)
        seed_layers("layers", self._seed, epoch, number, device=self._precision.device)
        with self._precision.casting():
            loss, metrics = self._step.loss(self._world.share(batch), moment)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._world.sum_gradients(self._parameters)
        self._step.before_update(moment)
        if self._clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(self._parameters, self._clip_norm)
        self.optimizer.step()
        self._step.after_update(moment)
        return {name: value.detach().double() for name, value in {"loss": loss * len(batch), **metrics}.items()}
