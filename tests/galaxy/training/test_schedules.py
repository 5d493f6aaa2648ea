import pytest
import torch

from galaxy.training.schedules import constant, cosine


def test_cosine_starts_and_ends_exactly_where_it_should() -> None:
    schedule = cosine(5e-4, 1e-6, updates=100)
    assert schedule(0) == 5e-4
    assert schedule(99) == 1e-6
    assert schedule(150) == 1e-6


def test_cosine_is_that_of_torch() -> None:
    parameter = torch.nn.Parameter(torch.zeros(1))
    optimizer = torch.optim.SGD([parameter], lr=5e-4)
    reference = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=99, eta_min=1e-6)
    schedule = cosine(5e-4, 1e-6, updates=100)
    for update in range(100):
        assert schedule(update) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-9)
        optimizer.step()
        reference.step()


def test_warm_up_rises_linearly_to_the_start() -> None:
    schedule = cosine(1.0, 0.0, updates=20, warmup=4, warmup_start=0.2)
    assert [schedule(update) for update in range(5)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0])
    assert schedule(19) == 0.0


def test_one_update_has_the_start() -> None:
    assert cosine(1.0, 0.5, updates=1)(0) == 1.0


@pytest.mark.parametrize("warmup", [-1, 20, 21])
def test_a_warm_up_must_leave_something(warmup: int) -> None:
    with pytest.raises(ValueError, match="warm-up"):
        cosine(1.0, 0.0, updates=20, warmup=warmup)


def test_a_constant_stays() -> None:
    assert constant(0.3)(17) == 0.3
