"""One update of DINO's self-distillation (Caron et al. 2021, algorithm 1).

b is the number of galaxies in this process's share of a batch, V the number of views, of which the first two are
global, W the width of a CLS token, and K the number of prototypes.
"""

import copy
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from galaxy.training.dino_loss import dino_loss, next_center, teacher_targets
from galaxy.training.step import Moment, ParameterGroup
from galaxy.training.supervised import Source


class Crops(Protocol):
    """Makes views of images, as `galaxy.data.multicrop.MultiCrop` does."""

    def __len__(self) -> int:
        """Return the number of views, V."""

    def __call__(
        self, images: Tensor, *, items: int, generator: torch.Generator, share: Callable[[Tensor], Tensor]
    ) -> Sequence[Tensor]:
        """Make V views of this process's images.

        Args:
            images: (b, s, s, 3) uint8, this process's share of a global batch.
            items: Number of images in the global batch.
            generator: Generator of all random numbers.
            share: Returns this process's rows of a tensor with one row per image of the global batch.

        Returns:
            V tensors (b, 3, S, S) of floats in [0, 1]; S may differ between views.
        """


def make_teacher(student: nn.Module) -> nn.Module:
    """Copy the student into a network without gradients.

    Parameters that are frozen in the student are shared with the teacher, so that a backbone with adapters is in memory
    once.
    """
    frozen = [p for p in student.parameters() if not p.requires_grad] + list(student.buffers())
    teacher = copy.deepcopy(student, {id(tensor): tensor for tensor in frozen})
    return teacher.requires_grad_(requires_grad=False).eval()


class DinoStep:
    """Student, teacher and centre of DINO's self-distillation.

    The teacher is a moving average of every parameter of the student that learns. Each parameter is averaged by itself:
    the teacher's adapters have the averages of A and of B, not that of their product. All other parameters are shared
    (`make_teacher`). The step reads the schedules `teacher_momentum` and `teacher_temperature`. The student is put into
    training mode and the teacher into evaluation mode, so that stochastic depth acts in the student alone.

    Args:
        student: Turns V views into CLS tokens (V * b, W) and logits (V * b, K), as `DinoNetwork` does; the parameters
            that are to learn require gradients.
        last_layer: Names of the student's parameters that do not learn in the first epochs.
        source: Gives images (b, s, s, 3) uint8.
        crops: Makes views.
        normalise: Turns pixels in [0, 1] into the network's input.
        prototypes: Number of prototypes, K.
        student_temperature: Number by which the student's logits are divided.
        center_momentum: Momentum of the centre's moving average.
        freeze_last_layer: Number of epochs in which the last layer does not learn. It has no gradient then, so that
            the optimizer does not count these updates.
        decay_last_layer: Whether weight decay applies to the last layer, as in the reference. Its rows are normalised,
            so that decay changes only its effective learning rate.
        clip_each: Largest Euclidean norm of the gradient of each parameter, as in the reference; None does not clip.

    Raises:
        ValueError: If the student has no parameter of a name in `last_layer`.
    """

    def __init__(
        self,
        student: nn.Module,
        *,
        last_layer: list[str],
        source: Source,
        crops: Crops,
        normalise: Callable[[Tensor], Tensor],
        prototypes: int,
        student_temperature: float,
        center_momentum: float,
        freeze_last_layer: int,
        decay_last_layer: bool = False,
        clip_each: float | None = None,
    ) -> None:
        if unknown := set(last_layer) - {name for name, _ in student.named_parameters()}:
            raise ValueError(f"last_layer names {', '.join(sorted(unknown))}, which the student has not")
        self.student, self.teacher = student.train(), make_teacher(student)
        self._last_layer, self._decay_last_layer, self._clip_each = last_layer, decay_last_layer, clip_each
        self._source, self._crops, self._normalise = source, crops, normalise
        self._temperature, self._center_momentum = student_temperature, center_momentum
        self._freeze_last_layer = freeze_last_layer
        device = next(student.parameters()).device
        self.center = torch.zeros(prototypes, device=device)
        self._learning = {name: p for name, p in student.named_parameters() if p.requires_grad}
        self._average = {name: p for name, p in self.teacher.named_parameters() if name in self._learning}

    def groups(self) -> Sequence[ParameterGroup]:
        """Return two groups: matrices, to which weight decay applies, and vectors, to which it does not."""
        exempt = () if self._decay_last_layer else self._last_layer[:1]
        decays = {name: p.ndim > 1 and name not in exempt for name, p in self._learning.items()}
        return [
            ParameterGroup("matrices", [p for name, p in self._learning.items() if decays[name]]),
            ParameterGroup("others", [p for name, p in self._learning.items() if not decays[name]], decay=False),
        ]

    def state(self) -> Mapping[str, Tensor]:
        """Return the parameters of the student that learn, the teacher's averages of them, and the centre."""
        return {
            **{f"student.{name}": p for name, p in self._learning.items()},
            **{f"teacher.{name}": p for name, p in self._average.items()},
            "center": self.center,
        }

    def loss(self, positions: Tensor, moment: Moment) -> tuple[Tensor, dict[str, Tensor]]:
        """Compute DINO's loss, and metrics that show a collapse.

        Metrics: `teacher_entropy`, the mean entropy of the teacher's outputs in nats, log K when they are uniform;
        `marginal_entropy`, the entropy of their mean over the batch, near 0 when one prototype takes all images;
        `spread`, the standard deviation of the student's L2-normalised CLS tokens of global views over the batch, times
        sqrt(W): 1 when they are uniform over directions, 0 when they are all the same.
        """
        images = self._source(positions)
        # Views are computed in float32: half precision would round pixels, and blur them even where sigma is 0.
        with torch.autocast(images.device.type, enabled=False):
            crops = self._crops(images, items=moment.items, generator=moment.generator, share=moment.world.share)
            views = [self._normalise(view) for view in crops]
        with torch.no_grad():
            _, teacher = self.teacher(views[:2])
        tokens, student = self.student(views)
        targets = teacher_targets(teacher, self.center, temperature=moment.values["teacher_temperature"])
        losses = dino_loss(student, targets, views=len(self._crops), temperature=self._temperature)
        mean = moment.world.sum(teacher.float().sum(dim=0)) / (2 * moment.items)
        self.center.copy_(next_center(self.center, mean, momentum=self._center_momentum))
        metrics = self._collapse_metrics(targets, tokens[: 2 * len(positions)], moment)
        return losses.sum() / moment.items, metrics

    def before_update(self, moment: Moment) -> None:
        """Clip each gradient, and remove those of the last layer while it is frozen."""
        frozen = self._last_layer if moment.epoch < self._freeze_last_layer else ()
        for name in self._learning.keys() & frozen:
            self._learning[name].grad = None
        gradients = [p.grad for p in self._learning.values() if p.grad is not None]
        if self._clip_each is not None and gradients:
            # The same as clip_grad_norm_ for each parameter, but in a few operations over all of them.
            norms = torch.stack(torch._foreach_norm(gradients, 2.0))  # noqa: SLF001
            factors = (self._clip_each / (norms + 1e-6)).clamp(max=1)
            torch._foreach_mul_(gradients, list(factors.unbind()))

    @torch.no_grad()
    def after_update(self, moment: Moment) -> None:
        """Move the teacher's averages towards the student."""
        momentum = moment.values["teacher_momentum"]
        learning: list[Tensor] = [self._learning[name] for name in self._average]
        torch._foreach_lerp_(list(self._average.values()), learning, 1 - momentum)

    @torch.no_grad()
    def _collapse_metrics(self, targets: Tensor, tokens: Tensor, moment: Moment) -> dict[str, Tensor]:
        share = len(targets) // 2
        unit = functional.normalize(tokens.float(), dim=-1)
        rows = 2 * moment.items
        marginal = moment.world.sum(targets.sum(dim=0)) / rows
        first, second = (moment.world.sum(unit.pow(power).sum(dim=0)) / rows for power in (1, 2))
        spread = (second - first.square()).clamp(min=0).mean().sqrt() * math.sqrt(unit.shape[-1])
        return {
            "teacher_entropy": torch.special.entr(targets).sum() / 2,
            "marginal_entropy": torch.special.entr(marginal).sum() * share,
            "spread": spread * share,
        }
