from typing import Any

import pytest

from galaxy.recipes.dino_curves import dino_schedules
from galaxy.training.schedules import Schedule


def made(**changes: Any) -> dict[str, Schedule]:
    settings = {
        "batch_size": 64,
        "lr": 5e-4,
        "lr_min": 1e-6,
        "warmup_epochs": 0,
        "weight_decay": 0.04,
        "weight_decay_end": 0.4,
        "teacher_momentum": 0.996,
        "teacher_temperature": 0.07,
        "teacher_temperature_start": 0.04,
        "teacher_warmup_epochs": 0,
    }
    return dino_schedules(**(settings | changes))


def test_the_learning_rate_goes_with_the_batch_and_ends_at_its_least() -> None:
    found = made(epochs=4, warmup_epochs=1, per_epoch=10)
    assert found["lr"](0) == 0
    assert found["lr"](10) == pytest.approx(5e-4 * 64 / 256)
    assert found["lr"](39) == pytest.approx(1e-6)


def test_decay_and_momentum_rise_to_their_ends() -> None:
    found = made(epochs=3, per_epoch=5)
    for name, start, end in (("weight_decay", 0.04, 0.4), ("teacher_momentum", 0.996, 1.0)):
        values = [found[name](update) for update in range(15)]
        assert values[0] == pytest.approx(start)
        assert values[-1] == pytest.approx(end)
        assert values == sorted(values)


def test_the_temperature_warms_up_by_epoch() -> None:
    found = made(epochs=5, teacher_warmup_epochs=3, per_epoch=2)
    values = [found["teacher_temperature"](2 * epoch) for epoch in range(5)]
    assert values == pytest.approx([0.04, 0.055, 0.07, 0.07, 0.07])
    assert found["teacher_temperature"](3) == values[1]
