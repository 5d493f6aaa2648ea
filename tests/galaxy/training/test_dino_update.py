"""One update of ours beside the reference recipe (DINO's main_dino.py, commit 7c446df), on golden values.

The student's parameter is the matrix of logits itself, so that its gradient is the golden gradient of the loss. From it
the reference's update follows in closed form. With g the golden gradient, scaled by min(1, c / (|g| + 1e-6)) as
`clip_gradients` does for each tensor (c = 3), Adam's first step has m = 0.1 g and v = 0.001 g^2, after correction
m' = g and v' = g^2, so that AdamW with decay w and rate r gives

    p' = p (1 - r w) - r g / (|g| + 1e-8)

The teacher's parameter becomes t' = a t + (1 - a) p' with its momentum a, and the centre is the golden one.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from galaxy.training.dino_step import DinoStep
from galaxy.training.distributed import World
from galaxy.training.precision import Precision
from galaxy.training.schedules import constant
from galaxy.training.update import Updater

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "dino_loss.npz"
RATE, DECAY, MOMENTUM, CLIP = 0.01, 0.04, 0.996, 3.0


class Logits(nn.Module):
    """Logits that do not depend on the views; two views are the teacher's."""

    def __init__(self, student: Tensor, teacher: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(student)
        self.register_buffer("teacher", teacher)

    def forward(self, views: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        found = self.get_buffer("teacher") if len(views) == 2 else self.logits
        return found, found


class Views:
    def __len__(self) -> int:
        return 6

    def __call__(
        self, images: Tensor, *, items: int, generator: torch.Generator, share: Callable[[Tensor], Tensor]
    ) -> Sequence[Tensor]:
        del items, generator, share
        return [images] * 6


@pytest.mark.parametrize("scale", [1.0, 1000.0])  # the gradient below and above the norm at which it is clipped
def test_an_update_is_that_of_the_reference(scale: float) -> None:
    with np.load(GOLDEN, allow_pickle=False) as file:
        golden = {key: file[key] for key in file.files}
    student = torch.from_numpy(golden["student"][0])
    step = DinoStep(
        Logits(student.clone(), torch.from_numpy(golden["teacher"][0])),
        last_layer=[],
        source=lambda positions: torch.zeros(len(positions), 1, 1, 3),
        crops=Views(),
        normalise=lambda view: view * 1.0,
        prototypes=int(golden["student"].shape[-1]),
        student_temperature=float(golden["student_temp"]),
        center_momentum=float(golden["center_momentum"]),
        freeze_last_layer=0,
        decay_last_layer=True,
        clip_each=CLIP / scale,
    )
    values = {
        "lr": RATE,
        "weight_decay": DECAY,
        "teacher_momentum": MOMENTUM,
        "teacher_temperature": float(golden["teacher_temp"][0]),
    }
    updater = Updater(
        step,
        schedules={name: constant(value) for name, value in values.items()},
        seed=0,
        per_epoch=1,
        precision=Precision(torch.device("cpu")),
        betas=(0.9, 0.999),
        clip_norm=None,
        world=World(),
    )
    batch = int(golden["batch"])
    found = updater(torch.arange(batch), epoch=0, number=0)
    assert float(found["loss"]) / batch == pytest.approx(float(golden["loss"][0]), abs=1e-5)
    np.testing.assert_allclose(step.center.numpy(), golden["center_after"][0], rtol=0, atol=1e-5)

    gradient = torch.from_numpy(golden["student_grad"][0]).double()
    norm = float(gradient.norm())
    clipped = gradient * min(1.0, CLIP / scale / (norm + 1e-6))
    assert (norm > CLIP / scale) == (scale > 1)
    parameter = step.student.get_parameter("logits")
    assert parameter.grad is not None
    np.testing.assert_allclose(parameter.grad.numpy(), clipped.numpy(), rtol=0, atol=1e-6)
    # Where the gradient is of the size of rounding, its sign and with it Adam's first step are not determined.
    clear = clipped.abs() > 1e-5 / scale
    assert clear.sum() > 300
    expected = student.double() * (1 - RATE * DECAY) - RATE * clipped / (clipped.abs() + 1e-8)
    np.testing.assert_allclose(parameter.detach()[clear].numpy(), expected[clear].numpy(), rtol=0, atol=1e-4)
    average = step.teacher.get_parameter("logits")
    wanted = MOMENTUM * student.double() + (1 - MOMENTUM) * parameter.detach().double()
    np.testing.assert_allclose(average.numpy(), wanted.numpy(), rtol=0, atol=1e-6)
