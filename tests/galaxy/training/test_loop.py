import dataclasses
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from galaxy.training.adamw import AdamW
from galaxy.training.checkpoint import CheckpointFolder
from galaxy.training.distributed import World
from galaxy.training.divergence import DivergedError, LossCheck
from galaxy.training.interrupt import Interrupted
from galaxy.training.progress import Progress
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import constant
from tests.galaxy.training.toy import EPOCHS, ITEMS, UPDATES, ToyStep, snapshot, train


def comparable(records: list[EpochRecord]) -> list[EpochRecord]:
    return [dataclasses.replace(record, seconds=0.0, items_per_second=0.0, memory_bytes=0) for record in records]


def test_every_epoch_sees_every_item_once_and_no_batch_has_one_item() -> None:
    step = ToyStep()
    records = train(step)
    assert [len(batch) for batch in step.seen] == [8, 8, 8, 9] * EPOCHS
    epochs = [torch.cat(step.seen[start : start + 4]) for start in range(0, UPDATES, 4)]
    assert all(sorted(epoch.tolist()) == list(range(ITEMS)) for epoch in epochs)
    assert not torch.equal(epochs[0], epochs[1])
    assert [record.train["count"] for record in records] == [1.0] * EPOCHS


def test_schedules_reach_the_optimizer_and_the_step() -> None:
    step = ToyStep()
    train(step)
    rates = [moment.values["lr"] for moment in step.moments]
    assert rates[0] == 1e-2
    assert rates[-1] == 1e-6
    assert rates == sorted(rates, reverse=True)


def test_groups_without_decay_ignore_it() -> None:
    # With a learning rate, no gradient and weight decay 1, AdamW shrinks a weight by lr * decay per update.
    step = ToyStep()
    before = {name: tensor.detach().clone() for name, tensor in step.state().items()}
    for parameter in step.net.parameters():
        parameter.register_hook(torch.zeros_like)  # type: ignore[no-untyped-call]
    schedules = {"lr": constant(0.1), "weight_decay": constant(1.0)}
    train(step, schedules=schedules, epochs=1)
    assert torch.equal(step.first.weight, before["0.weight"])
    assert torch.allclose(step.last.weight, before["4.weight"] * (1 - 0.1) ** 4)


@pytest.mark.parametrize("at", range(UPDATES))
@pytest.mark.parametrize("kill", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_saves_and_the_resumed_training_is_bit_identical(
    tmp_path: Path, at: int, kill: signal.Signals
) -> None:
    whole = ToyStep()
    expected = train(whole)
    with pytest.raises(Interrupted) as caught:
        train(ToyStep(at=at, kill=kill), checkpoints=CheckpointFolder(tmp_path))
    assert caught.value.signal == kill
    resumed = ToyStep()
    records = train(resumed, checkpoints=CheckpointFolder(tmp_path))
    assert len(resumed.seen) == UPDATES - at - 1
    assert snapshot(resumed) == snapshot(whole)
    assert comparable(records) == comparable(expected)


def test_a_signal_while_validating_saves_too(tmp_path: Path) -> None:
    whole = ToyStep()
    expected = train(whole)
    cut, inside = ToyStep(), [0]

    def validate(on_chunk: Callable[[], None]) -> dict[str, float]:
        if len(cut.seen) == 8:
            inside[0] += 1
            try:
                os.kill(os.getpid(), signal.SIGTERM)
                on_chunk()
            finally:
                inside[0] -= 1
        return {"loss": float(cut.last.weight.detach().square().sum())}

    with pytest.raises(Interrupted, match="after batch 4 of epoch 2 of 3"):
        train(cut, checkpoints=CheckpointFolder(tmp_path), validate=validate)
    assert inside == [0]
    resumed = ToyStep()
    records = train(resumed, checkpoints=CheckpointFolder(tmp_path))
    assert len(resumed.seen) == 4
    assert snapshot(resumed) == snapshot(whole)
    assert comparable(records) == comparable(expected)


def test_a_finished_training_is_not_repeated(tmp_path: Path) -> None:
    first = ToyStep()
    records = train(first, checkpoints=CheckpointFolder(tmp_path))
    again = ToyStep()
    called: list[EpochRecord] = []
    assert train(again, checkpoints=CheckpointFolder(tmp_path), on_epoch=called.append) == records
    assert not again.seen
    assert not called
    assert snapshot(again) == snapshot(first)


def test_saving_often_changes_nothing(tmp_path: Path) -> None:
    plain, saving = ToyStep(), ToyStep()
    train(plain)
    train(saving, checkpoints=CheckpointFolder(tmp_path, interval=0.0))
    assert snapshot(plain) == snapshot(saving)


def test_the_seed_changes_the_training() -> None:
    one, other = ToyStep(), ToyStep()
    train(one)
    train(other, seed=1)
    assert snapshot(one) != snapshot(other)


def test_no_number_stops_with_place_and_remedy_and_keeps_the_last_good_state(tmp_path: Path) -> None:
    with pytest.raises(DivergedError, match=r"loss nan at update 6 \(batch 2 of epoch 2, learning rate .*lower lr, or"):
        train(ToyStep(nan_at=5), checkpoints=CheckpointFolder(tmp_path, interval=0.0))
    saved = CheckpointFolder(tmp_path).load()
    assert saved is not None
    assert (saved.note["epoch"], saved.note["step"]) == (1, 1)
    assert all(bool(torch.isfinite(tensor).all()) for tensor in saved.tensors.values())


def test_the_first_bad_update_is_named_where_losses_are_read_late() -> None:
    loss_check, progress = LossCheck(), Progress(epoch=1)
    for loss in (0.5, 0.25, float("inf"), 1.0, 2.0):
        progress.add({"loss": torch.tensor(loss, dtype=torch.float64)})
        loss_check.add(progress.sums["loss"])
    with pytest.raises(DivergedError, match=r"loss inf at update 13 \(batch 3 of epoch 2, learning rate 12\)"):
        loss_check.require_finite(progress, World(), float, per_epoch=10)


def test_a_validation_that_is_no_number_stops_with_remedy() -> None:
    with pytest.raises(DivergedError, match=r"validation loss nan after epoch 1: lower lr"):
        train(ToyStep(), validate=lambda _: {"loss": float("nan")})


def test_weights_that_are_no_numbers_are_never_saved(tmp_path: Path) -> None:
    class Spoilt(ToyStep):
        def after_update(self, moment: object) -> None:  # noqa: ARG002
            if len(self.seen) == 3:
                self.average.fill_(float("inf"))

    with pytest.raises(DivergedError, match="average is not finite after batch 3 of epoch 1"):
        train(Spoilt(), checkpoints=CheckpointFolder(tmp_path, interval=0.0))
    saved = CheckpointFolder(tmp_path).load()
    assert saved is not None
    assert saved.note["step"] == 2


def test_the_best_epoch_is_kept_also_across_an_interruption(tmp_path: Path) -> None:
    states: list[dict[str, bytes]] = []

    def score(record: EpochRecord) -> float:
        return {0: 2.0, 1: 1.0, 2: 3.0}[record.epoch]

    step = ToyStep()
    train(step, score=score, on_epoch=lambda _: states.append(snapshot(step)))
    assert snapshot(step) == states[1]
    with pytest.raises(Interrupted):
        train(ToyStep(at=9), score=score, checkpoints=CheckpointFolder(tmp_path))
    resumed = ToyStep()
    train(resumed, score=score, checkpoints=CheckpointFolder(tmp_path))
    assert snapshot(resumed) == snapshot(step)


def test_stop_ends_the_training_early() -> None:
    step = ToyStep()
    assert len(train(step, stop=lambda records: len(records) == 2)) == 2
    assert len(step.seen) == 8


def test_clipping_bounds_the_gradients() -> None:
    norms: list[float] = []

    class Watching(ToyStep):
        def after_update(self, moment: object) -> None:  # noqa: ARG002
            grads = [p.grad for p in self.net.parameters() if p.grad is not None]
            norms.append(float(torch.cat([grad.flatten() for grad in grads]).norm()))

    train(Watching(), clip_norm=0.1)
    assert max(norms) <= 0.1 + 1e-6
    free = norms.copy()
    norms.clear()
    train(Watching())
    assert max(norms) > max(free)


@pytest.mark.parametrize(
    ("changes", "message"), [({"epochs": 0}, "epochs is 0"), ({"batch_size": 34}, "a batch of 34")]
)
def test_impossible_numbers_are_refused(changes: dict[str, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        train(ToyStep(), **changes)


def test_our_adamw_is_torch_s_to_the_bit() -> None:
    found = []
    for kind in (AdamW, torch.optim.AdamW):
        torch.manual_seed(0)
        layer = torch.nn.Linear(5, 3)
        optimizer = kind(layer.parameters(), lr=0.1, betas=(0.8, 0.99), weight_decay=0.2, fused=True)
        for _ in range(5):
            optimizer.zero_grad(set_to_none=True)
            layer(torch.randn(4, 5)).square().sum().backward()
            optimizer.step()
        found.append([layer.weight.detach(), *optimizer.state[layer.weight].values()])
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))
