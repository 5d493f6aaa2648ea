"""Several processes compute what one does."""

import csv
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from galaxy.errors import InputError
from galaxy.predictions import load_predictions
from galaxy.training.divergence import DivergedError
from galaxy.training.process_group import LostError, team
from galaxy.training.supervised import SupervisedStep
from tests.stages.tiny import EFFICIENT, ENTRIES, outs, train_tiny, write_tiny

ENTRY = {**ENTRIES, "efficient": EFFICIENT}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder)
    return folder


def _train(variables: Mapping[str, str], count: int, tiny: Path, out: Path, name: str, changes: dict[str, Any]) -> None:
    torch.set_num_threads(1)
    os.environ.update(variables)

    def start(variables: Mapping[str, str]) -> Any:
        raise AssertionError(variables)

    break_rank, batch = changes.pop("breaks", (None, None))
    if variables["RANK"] == str(break_rank):
        break_at(batch, dies=changes["epochs"] == 9)
    try:
        with team(count, start, device=torch.device("cpu")) as world:
            train_tiny(tiny, out, ENTRY[name], world=world, **changes)
    except DivergedError:
        sys.exit(11)
    except LostError:
        sys.exit(12)


def break_at(batch: int, *, dies: bool) -> None:
    """Let this process die, or have a loss that is no number, at one batch."""
    before = SupervisedStep.loss

    def loss(self: Any, positions: torch.Tensor, moment: Any) -> Any:
        value, metrics = before(self, positions, moment)
        if moment.update == batch and dies:
            os.kill(os.getpid(), signal.SIGKILL)
        return value * (float("nan") if moment.update == batch else 1.0), metrics

    SupervisedStep.loss = loss  # type: ignore[method-assign]


def train_with(
    count: int, tiny: Path, out: Path, name: str, *, ends: Sequence[int] | None = None, **changes: Any
) -> None:
    """`ends`: statuses that the processes are to end with, 0 by default."""
    context = multiprocessing.get_context("fork")
    meeting = (out.parent / f"{out.name}.meeting").as_uri()
    processes = [
        context.Process(
            target=_train,
            args=(
                {"RANK": str(rank), "WORLD_SIZE": str(count), "GALAXY_MEETING": meeting},
                count,
                tiny,
                out,
                name,
                changes,
            ),
        )
        for rank in range(count)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == list(ends or [0] * count)


def curves(out: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    with (out / "history.csv").open(newline="") as file:
        return np.array([[float(value) for value in line] for line in list(csv.reader(file))[1:]])


@pytest.mark.parametrize(
    ("name", "count", "mixup"),
    [
        ("custom", 2, 0.0),
        ("custom", 3, 0.0),
        ("custom", 2, 0.4),
        ("deep", 2, 0.0),
        ("scratch", 2, 0.0),
        ("efficient", 2, 0.0),
    ],
)
def test_the_loss_curve_is_that_of_one_process(tiny: Path, tmp_path: Path, name: str, count: int, mixup: float) -> None:
    # 42 images in batches of 8: the last one has 2, fewer than three processes.
    changes: dict[str, Any] = {"epochs": 2, "seeds": [0, 1], "flips": name == "custom", "mixup": mixup}
    if name == "efficient":  # one pixel per image is left to normalise: small batches and steps magnify rounding
        changes |= {"batch_size": 14, "lr": 1e-4}
    train_tiny(tiny, tmp_path / "one", ENTRY[name], **changes)
    train_with(count, tiny, tmp_path / "several", name, **changes)
    np.testing.assert_allclose(curves(tmp_path / "several"), curves(tmp_path / "one"), rtol=2e-4, atol=2e-5)
    one, several = (load_predictions(tmp_path / out / "predictions.npz").probability for out in ("one", "several"))
    np.testing.assert_allclose(several, one, atol=2e-3)


def test_several_processes_give_the_same_bytes_each_time(tiny: Path, tmp_path: Path) -> None:
    for out in ("a", "b"):
        train_with(2, tiny, tmp_path / out, "custom", epochs=1)
    assert outs(tmp_path / "a") == outs(tmp_path / "b")


def test_a_loss_that_is_no_number_in_one_process_stops_all(tiny: Path, tmp_path: Path) -> None:
    train_with(2, tiny, tmp_path / "out", "custom", epochs=2, breaks=(1, 3), ends=[11, 11])
    assert not outs(tmp_path / "out")


def test_a_process_that_dies_stops_the_others(tiny: Path, tmp_path: Path) -> None:
    train_with(2, tiny, tmp_path / "out", "custom", epochs=9, breaks=(1, 3), ends=[12, -signal.SIGKILL])
    assert not outs(tmp_path / "out")


def test_a_process_that_never_comes_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)

    def start(variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        assert variables["RANK"] == "1"
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])

    with (
        pytest.raises(LostError, match="process 2 of 2 has ended with status 3"),
        team(2, start, device=torch.device("cpu")),
    ):
        pytest.fail("the team cannot be complete")


@pytest.mark.parametrize(
    ("variables", "device", "message"),
    [
        ({"RANK": "0"}, "cpu", "RANK is '0' and WORLD_SIZE ''; torchrun sets both"),
        ({"RANK": "2", "WORLD_SIZE": "2"}, "cpu", "RANK is '2' and WORLD_SIZE '2'"),
        ({"RANK": "x", "WORLD_SIZE": "2"}, "cuda:0", "RANK is 'x'"),
        ({"RANK": "1", "WORLD_SIZE": "2"}, "cuda:0", "GALAXY_DEVICE is cuda:0, and each of several processes"),
        ({}, "cuda:0", "GALAXY_DEVICE is cuda:0, and each of several processes"),
    ],
)
def test_impossible_teams_are_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], device: str, message: str
) -> None:
    for name in ("RANK", "WORLD_SIZE", "GALAXY_MEETING"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    def start(variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        raise AssertionError(variables)

    with pytest.raises(InputError, match=message), team(2, start, device=torch.device(device)):
        pytest.fail("there can be no such team")
