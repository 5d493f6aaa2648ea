import dataclasses
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from galaxy.training.checkpoint import CheckpointFolder
from galaxy.training.interrupt import Interrupted
from galaxy.training.record import EpochRecord
from tests.galaxy.training.toy import EPOCHS, UPDATES, ToyStep, snapshot, train


def comparable(records: list[EpochRecord]) -> list[EpochRecord]:
    return [dataclasses.replace(record, seconds=0.0, items_per_second=0.0, memory_bytes=0) for record in records]


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


def test_a_signal_between_epochs_names_the_epoch_that_is_done(tmp_path: Path) -> None:
    for last in (1, EPOCHS):

        def stop(record: EpochRecord, last: int = last) -> None:
            if record.epoch + 1 == last:
                os.kill(os.getpid(), signal.SIGTERM)

        folder = tmp_path / str(last)
        said = rf"\Astopped by SIGTERM after epoch {last} of {EPOCHS}; start again to go on from there\Z"
        with pytest.raises(Interrupted, match=said):
            train(ToyStep(), checkpoints=CheckpointFolder(folder), on_epoch=stop)
        saved = CheckpointFolder(folder).load()
        assert saved is not None
        assert (saved.note["epoch"], saved.note["finished"]) == (last, last == EPOCHS)


def test_a_signal_to_a_training_that_saves_nothing_promises_no_resumption() -> None:
    with pytest.raises(Interrupted, match=r"after batch 4 of epoch 1 of 3; this training was not saved"):
        train(ToyStep(at=3))


def test_a_saved_tensor_of_another_shape_is_not_spread_over_the_weight(tmp_path: Path) -> None:
    checkpoints = CheckpointFolder(tmp_path)
    with pytest.raises(Interrupted):
        train(ToyStep(at=3), checkpoints=checkpoints)
    saved = checkpoints.load()
    assert saved is not None
    checkpoints.save({**saved.tensors, "step/4.weight": torch.zeros(1, 1)}, saved.note)
    checkpoints.wait()
    with pytest.raises(RuntimeError, match="holds other tensors than the training"):
        train(ToyStep(), checkpoints=CheckpointFolder(tmp_path))
