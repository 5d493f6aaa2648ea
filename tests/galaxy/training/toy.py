"""A step small enough to train thousands of times: regression with dropout, batch normalisation and an average."""

import os
import signal
from collections.abc import Mapping, Sequence

import torch
from torch import nn

from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import constant, cosine
from galaxy.training.step import Moment, ParameterGroup

ITEMS, BATCH, EPOCHS = 33, 8, 3
UPDATES = EPOCHS * 4  # 33 items: three batches of 8 and a last one of 9


class ToyStep:
    """Sends the signal `kill` to its own process at the start of update `at`, and has a NaN loss at update `nan_at`."""

    def __init__(
        self, *, at: int | None = None, kill: signal.Signals = signal.SIGTERM, nan_at: int | None = None
    ) -> None:
        generator = torch.Generator().manual_seed(1)
        self.x = torch.randn(ITEMS, 5, generator=generator)
        torch.manual_seed(0)
        self.first, self.last = nn.Conv1d(1, 4, 3), nn.Linear(12, 1)
        self.net = nn.Sequential(self.first, nn.Flatten(), nn.Dropout(0.5), nn.BatchNorm1d(12), self.last)
        self.average = self.last.weight.detach().clone()
        self.at, self.kill, self.nan_at = at, kill, nan_at
        self.seen: list[torch.Tensor] = []
        self.moments: list[Moment] = []

    def groups(self) -> Sequence[ParameterGroup]:
        return [
            ParameterGroup("first", list(self.first.parameters()), decay=False),
            ParameterGroup("rest", list(self.net[3:].parameters())),
        ]

    def state(self) -> Mapping[str, torch.Tensor]:
        return {**self.net.state_dict(keep_vars=True), "average": self.average}

    def loss(self, positions: torch.Tensor, moment: Moment) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        if moment.update == self.at:
            os.kill(os.getpid(), self.kill)
        self.seen.append(positions)
        self.moments.append(moment)
        x = self.x[positions]
        noise = moment.world.share(torch.randn(moment.items, 5, generator=moment.generator))
        difference = self.net((x + 0.1 * noise)[:, None]).squeeze(1) - x.sum(1)
        loss = (difference**2).sum() / moment.items
        return loss * (float("nan") if moment.update == self.nan_at else 1.0), {
            "count": torch.tensor(float(len(positions)))
        }

    def before_update(self, moment: Moment) -> None:
        pass

    def after_update(self, moment: Moment) -> None:  # noqa: ARG002
        self.average.lerp_(self.last.weight.detach(), 0.1)


def train(step: ToyStep, **changes: object) -> list[EpochRecord]:
    arguments: dict[str, object] = {
        "items": ITEMS,
        "epochs": EPOCHS,
        "batch_size": BATCH,
        "seed": 0,
        "schedules": {"lr": cosine(1e-2, 1e-6, updates=UPDATES), "weight_decay": constant(0.1)},
        "precision": Precision(torch.device("cpu")),
        "validate": lambda _: {"loss": float(step.last.weight.detach().square().sum())},
    }
    return fit(step, **{**arguments, **changes})  # type: ignore[arg-type]


def snapshot(step: ToyStep) -> dict[str, bytes]:
    return {name: tensor.detach().numpy().tobytes() for name, tensor in step.state().items()}
