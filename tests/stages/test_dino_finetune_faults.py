"""A fine-tuning that is stopped, killed, diverges, or runs in several processes."""

import errno
import json
import os
import signal
from collections.abc import Mapping
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from galaxy.errors import InputError
from galaxy.recipes import dino_lora
from galaxy.training.checkpoint import CheckpointFolder
from galaxy.training.dino_step import DinoStep
from tests.processes import kill_until_done, run_connected, start
from tests.stages.branch import folder, notes, tune, write_params

__all__ = ["folder", "notes"]  # fixtures

FILES = ("adapter.json", "adapter.safetensors")


def content(output: Path) -> dict[str, bytes]:
    return {name: (output / name).read_bytes() for name in FILES} | {"history": output.with_suffix(".csv").read_bytes()}


def _tune_saving_always(folder: Path, output: str, variables: Mapping[str, str]) -> None:
    os.environ.update(variables)
    vars(dino_lora)["CheckpointFolder"] = partial(CheckpointFolder, interval=0.0)
    tune(folder, output)
    (folder / f"{output}.done").touch()


def _kill_until_done(folder: Path, output: str, *, kills: int, seed: int) -> int:
    def begin() -> BaseProcess:
        return start(_tune_saving_always, folder, output, {})

    state = folder / ".state" / "training"
    return kill_until_done(begin, folder / f"{output}.done", state, kills=kills, seed=seed)


def test_a_killed_tuning_resumes_to_the_same_bytes(folder: Path) -> None:
    whole = tune(folder, "whole")
    assert _kill_until_done(folder, "killed", kills=3, seed=0) >= 1
    assert content(folder / "killed") == content(whole)
    assert not any(path.is_dir() for path in (folder / ".state" / "training").iterdir())


@pytest.mark.fault
@pytest.mark.timeout(1800)
def test_twenty_kills(folder: Path) -> None:
    whole, total = tune(folder, "whole"), 0
    for attempt in range(40):
        total += _kill_until_done(folder, f"killed-{attempt}", kills=8, seed=attempt)
        assert content(folder / f"killed-{attempt}") == content(whole)
        if total >= 20:
            return
    pytest.fail(f"only {total} kills hit")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_between_updates_and_it_goes_on_later(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: signal.Signals
) -> None:
    whole = tune(folder, "whole")
    before = DinoStep.loss

    def loss(self: DinoStep, positions: torch.Tensor, moment: Any) -> Any:
        if moment.update == 2:
            os.kill(os.getpid(), number)
        return before(self, positions, moment)

    with monkeypatch.context() as patch:
        patch.setattr(DinoStep, "loss", loss)
        with pytest.raises(SystemExit) as stopped:
            tune(folder, "cut")
    assert stopped.value.code == 128 + number
    assert "dino-finetune-lora: " in capfd.readouterr().err
    assert not (folder / "cut").exists()
    seen: list[int] = []

    def count(self: DinoStep, positions: torch.Tensor, moment: Any) -> Any:
        seen.append(moment.update)
        return before(self, positions, moment)

    monkeypatch.setattr(DinoStep, "loss", count)
    assert content(tune(folder, "cut")) == content(whole)
    assert seen == [3]  # of four updates, the first three are not computed again


def test_a_loss_that_is_no_number_is_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = DinoStep.loss

    def loss(self: DinoStep, positions: torch.Tensor, moment: Any) -> Any:
        value, metrics = before(self, positions, moment)
        return value * float("nan"), metrics

    monkeypatch.setattr(DinoStep, "loss", loss)
    with pytest.raises(InputError, match=r"\A[^\n]*loss nan at update 1[^\n]*lower lr, or give clip_norm[^\n]*\Z"):
        tune(folder)
    assert not (folder / "dino-lora").exists()
    assert not (folder / "dino-lora.csv").exists()


def test_a_full_disk_is_one_line_and_nothing_is_tuned_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(dino_lora, "save_adapter", full)
        with pytest.raises(InputError, match="the disk is full .*No space left"):
            tune(folder)
    assert not (folder / "dino-lora").exists()
    monkeypatch.setattr(DinoStep, "loss", None)
    assert (tune(folder) / "adapter.json").exists()


def test_two_processes_tune_as_one_does(folder: Path) -> None:
    write_params(folder, dino_finetune__batch_size=7)  # shares of 4 and 3, and of 1 and 1 in the last batch
    alone = tune(folder, "alone")
    assert run_connected(2, _tune_saving_always, folder, "shared", {"GALAXY_PROCESSES": "2"}) == [0, 0]
    one, two = (load_file(folder / name / "adapter.safetensors") for name in (alone.name, "shared"))
    assert one.keys() == two.keys()
    for name, tensor in one.items():
        np.testing.assert_allclose(two[name], tensor, rtol=1e-3, atol=1e-5, err_msg=name)
    counts = [
        json.loads((folder / name / "adapter.json").read_text())["trainable_parameters"] for name in ("alone", "shared")
    ]
    assert counts[0] == counts[1] == sum(tensor.size for tensor in one.values())
