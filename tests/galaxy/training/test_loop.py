from pathlib import Path

import pytest
import torch

from galaxy.training.checkpoint import CheckpointFolder
from galaxy.training.interrupt import Interrupted
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import constant
from tests.galaxy.training.toy import EPOCHS, ITEMS, UPDATES, ToyStep, snapshot, train


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
