from pathlib import Path

import pytest
import torch

from galaxy.training.checkpoint import CheckpointFolder
from galaxy.training.distributed import World
from galaxy.training.divergence import DivergedError, LossCheck
from galaxy.training.progress import Progress
from galaxy.training.record import EpochRecord
from galaxy.training.step import Moment
from tests.galaxy.training.toy import EPOCHS, ToyStep, train


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


def test_weights_that_are_no_numbers_at_the_end_name_the_last_epoch(tmp_path: Path) -> None:
    step = ToyStep()

    def spoil(record: EpochRecord) -> None:
        if record.epoch + 1 == EPOCHS:
            step.average.fill_(float("nan"))

    with pytest.raises(DivergedError, match=rf"average is not finite after epoch {EPOCHS}: lower lr"):
        train(step, checkpoints=CheckpointFolder(tmp_path), on_epoch=spoil)


def test_a_training_metric_that_is_no_number_stops_before_it_is_saved(tmp_path: Path) -> None:
    class Odd(ToyStep):
        def loss(self, positions: torch.Tensor, moment: Moment) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
            loss, metrics = super().loss(positions, moment)
            return loss, metrics | {"spread": torch.tensor(float("nan") if moment.epoch else 1.0)}

    with pytest.raises(DivergedError, match="training spread nan after epoch 2: lower lr"):
        train(Odd(), checkpoints=CheckpointFolder(tmp_path, interval=0.0))
    saved = CheckpointFolder(tmp_path).load()
    assert saved is not None
    assert len(saved.note["records"]) == 1
