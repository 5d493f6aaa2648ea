"""An update is that of torch's own AdamW on the mean loss of the batch."""

from collections.abc import Callable

import pytest
import torch
from torch.nn import functional

from galaxy.training.distributed import World
from galaxy.training.precision import Precision
from galaxy.training.schedules import constant
from galaxy.training.step import Moment, ParameterGroup
from galaxy.training.update import Updater

CPU = Precision.of(torch.device("cpu"))
BATCHES = [torch.tensor([0, 1, 2, 3]), torch.tensor([4, 5, 6])]


class Line:
    """Least squares with a bias that does not decay."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        self.x, self.y = torch.randn(7, 3, generator=generator), torch.randn(7, 1, generator=generator)
        self.layer = torch.nn.Linear(3, 1)
        with torch.no_grad():
            self.layer.weight.fill_(0.5)
            self.layer.bias.fill_(-0.5)
        self.calls: list[str] = []

    def groups(self) -> list[ParameterGroup]:
        weight, bias = self.layer.parameters()
        return [ParameterGroup("weight", [weight]), ParameterGroup("bias", [bias], decay=False)]

    def state(self) -> dict[str, torch.Tensor]:
        return dict(self.layer.state_dict(keep_vars=True))

    def loss(self, positions: torch.Tensor, moment: Moment) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        self.calls.append(f"loss {moment.update}")
        error = functional.mse_loss(self.layer(self.x[positions]), self.y[positions], reduction="sum")
        return error / moment.items, {"count": torch.tensor(len(positions))}

    def before_update(self, moment: Moment) -> None:
        assert self.layer.weight.grad is not None
        self.calls.append(f"before {moment.update}")

    def after_update(self, moment: Moment) -> None:
        self.calls.append(f"after {moment.update}")


def updater(step: Line, *, clip_norm: float | None = None, **schedules: Callable[[int], float]) -> Updater:
    return Updater(
        step,
        schedules=schedules,
        seed=0,
        per_epoch=2,
        precision=CPU,
        betas=(0.9, 0.99),
        clip_norm=clip_norm,
        world=World(),
    )


@pytest.mark.parametrize("clip_norm", [None, 0.1])
def test_it_is_that_of_torch(clip_norm: float | None) -> None:
    step, plain = Line(), Line()
    update = updater(step, clip_norm=clip_norm, lr=lambda number: 0.1 / (1 + number), weight_decay=constant(0.2))
    groups = [
        {"params": [plain.layer.weight], "weight_decay": 0.2},
        {"params": [plain.layer.bias], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=0.1, betas=(0.9, 0.99))
    for number, batch in enumerate(BATCHES):
        found = update(batch, epoch=0, number=number)
        for group in optimizer.param_groups:
            group["lr"] = 0.1 / (1 + number)
        optimizer.zero_grad()
        loss = functional.mse_loss(plain.layer(plain.x[batch]), plain.y[batch])
        loss.backward()  # type: ignore[no-untyped-call]
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(plain.layer.parameters(), clip_norm)
        optimizer.step()
        torch.testing.assert_close(found["loss"], (loss * len(batch)).detach().double(), rtol=1e-6, atol=0)
        assert found["count"] == len(batch)
        for mine, torchs in zip(step.layer.parameters(), plain.layer.parameters(), strict=True):
            torch.testing.assert_close(mine, torchs, rtol=1e-5, atol=1e-7)
    assert step.calls == ["loss 0", "before 0", "after 0", "loss 1", "before 1", "after 1"]


def test_updates_are_counted_over_the_epochs() -> None:
    step = Line()
    update = updater(step, lr=float, weight_decay=constant(0.0))
    update(BATCHES[1], epoch=3, number=1)
    assert step.calls[0] == "loss 7"
    assert update.values(7) == {"lr": 7.0, "weight_decay": 0.0}
    assert [group["lr"] for group in update.optimizer.param_groups] == [7.0, 7.0]
