"""One update of DINO's self-distillation (Caron et al. 2021, algorithm 1).

Letters: b galaxies of this process's share, V views of which the first two are global, W width, K prototypes.
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
    """What makes views, `galaxy.data.multicrop.MultiCrop` for one."""

    def __len__(self) -> int:
        """V."""

    def __call__(
        self, images: Tensor, *, items: int, generator: torch.Generator, share: Callable[[Tensor], Tensor]
    ) -> Sequence[Tensor]:
        """Views of this process's images, floats in [0, 1]."""


def make_teacher(student: nn.Module) -> nn.Module:
    """A copy of the student that never learns by gradient.

    What is frozen in the student is the same tensors in the teacher, not copies: nothing can drive them apart, and a
    backbone under adapters lies in memory once.
    """
    frozen = [p for p in student.parameters() if not p.requires_grad] + list(student.buffers())
    teacher = copy.deepcopy(student, {id(tensor): tensor for tensor in frozen})
    return teacher.requires_grad_(requires_grad=False)


class DinoStep:
    """Student, teacher and centre.

    The moving average covers every parameter of the student that learns, each by itself: of an adapter's pair the
    teacher has the averages of A and of B, not that of their product. Everything else is shared (`make_teacher`).
    Schedules that it reads beside the loop's: `teacher_momentum` and `teacher_temperature`.

    Args:
        student: From V views to CLS tokens (V * b, W) and logits (V * b, K), as `DinoNetwork`; what is to learn
            requires gradients.
        last_layer: Name of the student's parameter that is held still for the first epochs.
        source: Gives images (b, s, s, 3) uint8.
        crops: Makes views.
        normalise: Pixels in [0, 1] to what the network takes.
        prototypes: K.
        student_temperature: Divides the student's logits.
        center_momentum: Of the centre's moving average.
        freeze_last_layer: Number of epochs for which the last layer does not learn.
    """

    def __init__(
        self,
        student: nn.Module,
        *,
        last_layer: str,
        source: Source,
        crops: Crops,
        normalise: Callable[[Tensor], Tensor],
        prototypes: int,
        student_temperature: float,
        center_momentum: float,
        freeze_last_layer: int,
    ) -> None:
        self.student, self.teacher = student, make_teacher(student)
        self._last_layer = last_layer
        self._source, self._crops, self._normalise = source, crops, normalise
        self._temperature, self._center_momentum = student_temperature, center_momentum
        self._freeze_last_layer = freeze_last_layer
        device = next(student.parameters()).device
        self.center = torch.zeros(prototypes, device=device)
        self._learning = {name: p for name, p in student.named_parameters() if p.requires_grad}
        self._average = {name: p for name, p in self.teacher.named_parameters() if name in self._learning}

    def groups(self) -> Sequence[ParameterGroup]:
        """Matrices with weight decay; vectors without, as in the reference.

        Nor does the last layer decay: its rows are normalised, so that decay would only change its learning rate.
        """
        decayed = [p for name, p in self._learning.items() if p.ndim > 1 and name != self._last_layer]
        others = [p for name, p in self._learning.items() if p.ndim == 1 or name == self._last_layer]
        return [ParameterGroup("matrices", decayed), ParameterGroup("others", others, decay=False)]

    def state(self) -> Mapping[str, Tensor]:
        """The student's learning parameters, the teacher's averages of them, and the centre."""
        return {
            **{f"student.{name}": p for name, p in self._learning.items()},
            **{f"teacher.{name}": p for name, p in self._average.items()},
            "center": self.center,
        }

    def loss(self, positions: Tensor, moment: Moment) -> tuple[Tensor, dict[str, Tensor]]:
        """DINO's loss, and what shows a collapse.

        Metrics: `teacher_entropy`, the mean entropy of the teacher's outputs in nats, log K when they say nothing;
        `marginal_entropy`, that of their mean over the batch, near 0 when one prototype takes all; `spread`, the
        deviation of the student's L2-normalised CLS tokens of global views over the batch, times sqrt(W): 1 when they
        point everywhere, 0 when they are all the same.
        """
        images = self._source(positions)
        # Views are data: half precision would round pixels, and blur even where sigma is 0.
        with torch.autocast(images.device.type, enabled=False):
            crops = self._crops(images, items=moment.items, generator=moment.generator, share=moment.world.share)
            views = [self._normalise(view) for view in crops]
        with torch.no_grad():
            _, teacher = self.teacher(views[:2])
        learns = moment.epoch >= self._freeze_last_layer
        tokens, student = self.student(views, last_layer_learns=learns)
        targets = teacher_targets(teacher, self.center, temperature=moment.values["teacher_temperature"])
        losses = dino_loss(student, targets, views=len(self._crops), temperature=self._temperature)
        mean = moment.world.sum(teacher.float().sum(dim=0)) / (2 * moment.items)
        self.center.copy_(next_center(self.center, mean, momentum=self._center_momentum))
        metrics = self._collapse_metrics(targets, tokens[: 2 * len(positions)], moment)
        return losses.sum() / moment.items, metrics

    @torch.no_grad()
    def after_update(self, moment: Moment) -> None:
        """Move the teacher's averages towards the student."""
        momentum = moment.values["teacher_momentum"]
        for name, average in self._average.items():
            average.mul_(momentum).add_(self._learning[name], alpha=1 - momentum)

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
