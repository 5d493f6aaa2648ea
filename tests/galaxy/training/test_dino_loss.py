import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from galaxy.training.dino_loss import dino_loss, next_center, teacher_targets


def test_loss_centre_and_gradient_agree_with_the_reference(golden_folder: Path) -> None:
    with np.load(golden_folder / "dino_loss.npz", allow_pickle=False) as file:
        golden = {key: file[key] for key in file.files}
    views, batch, momentum = int(golden["views"]), int(golden["batch"]), float(golden["center_momentum"])
    center = torch.zeros(golden["student"].shape[-1])
    for call in range(5):
        student = torch.from_numpy(golden["student"][call]).requires_grad_()
        teacher = torch.from_numpy(golden["teacher"][call])
        targets = teacher_targets(teacher, center, temperature=float(golden["teacher_temp"][call]))
        loss = dino_loss(student, targets, views=views, temperature=float(golden["student_temp"]))
        assert loss.shape == (batch,)
        loss.mean().backward()  # type: ignore[no-untyped-call]
        assert student.grad is not None
        assert loss.mean().item() == pytest.approx(golden["loss"][call], abs=1e-5)
        np.testing.assert_allclose(student.grad.numpy(), golden["student_grad"][call], rtol=0, atol=1e-5)
        center = next_center(center, teacher.mean(dim=0), momentum=momentum)
        np.testing.assert_allclose(center.numpy(), golden["center_after"][call], rtol=0, atol=1e-5)


def by_hand(student: Tensor, targets: Tensor, views: int) -> Tensor:
    """Return the loss of equation 3, computed pair by pair."""
    split, seen = student.chunk(views), targets.chunk(2)
    pairs = [(g, v) for g in range(2) for v in range(views) if g != v]
    terms = [-(seen[g] * torch.log_softmax(split[v] / 0.1, dim=-1)).sum(dim=-1) for g, v in pairs]
    return torch.stack(terms).mean(dim=0)


@given(st.integers(0, 1000), st.integers(2, 6), st.integers(1, 4))
@settings(max_examples=20, deadline=None)
def test_the_sum_over_views_equals_the_sum_over_pairs(seed: int, views: int, batch: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    student = torch.randn(views * batch, 7, generator=generator)
    targets = torch.randn(2 * batch, 7, generator=generator).softmax(dim=-1)
    torch.testing.assert_close(
        dino_loss(student, targets, views=views, temperature=0.1),
        by_hand(student, targets, views),
        rtol=1e-5,
        atol=1e-5,
    )


def test_the_teacher_gets_no_gradient_and_a_uniform_pair_costs_log_k() -> None:
    teacher = torch.zeros(4, 16, requires_grad=True)
    student = torch.zeros(6, 16, requires_grad=True)
    loss = dino_loss(student, teacher_targets(teacher, torch.zeros(16), temperature=0.04), views=3, temperature=0.1)
    loss.sum().backward()  # type: ignore[no-untyped-call]
    assert teacher.grad is None
    torch.testing.assert_close(loss, torch.full((2,), math.log(16)))


def test_a_constant_added_to_every_logit_goes_into_the_centre_and_out_of_the_targets() -> None:
    teacher = torch.randn(4, 8, generator=torch.Generator().manual_seed(0))
    shift = torch.arange(8.0)
    torch.testing.assert_close(
        teacher_targets(teacher, torch.zeros(8), temperature=0.05),
        teacher_targets(teacher + shift, shift, temperature=0.05),
        rtol=1e-4,
        atol=1e-5,
    )
