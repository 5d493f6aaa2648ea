"""A training in several processes gives the same results as in one."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pytest
import torch

from galaxy.errors import InputError
from galaxy.predictions import load_predictions
from galaxy.training.divergence import DivergedError
from galaxy.training.process_group import LostError, process_group
from galaxy.training.supervised import SupervisedStep
from tests.processes import run_connected
from tests.stages.test_train import run as run_stage
from tests.stages.test_train import write_params
from tests.stages.tiny import EFFICIENT, ENTRIES, outs, train_tiny, write_tiny

ENTRY = {**ENTRIES, "efficient": EFFICIENT}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder)
    return folder


def _train(tiny: Path, out: Path, name: str, changes: dict[str, Any]) -> None:
    break_rank, batch = changes.pop("breaks", (None, None))
    if os.environ["RANK"] == str(break_rank):
        break_at(batch, dies=changes["epochs"] == 9)
    try:
        with process_group(torch.device("cpu")) as world:
            train_tiny(tiny, out, ENTRY[name], world=world, **changes)
    except DivergedError:
        sys.exit(11)
    except LostError:
        sys.exit(12)


def break_at(batch: int, *, dies: bool) -> None:
    """Make this process die, or have a NaN loss, at one batch."""
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
    """Train in `count` processes; `ends` are the exit codes that they must have, 0 by default."""
    assert run_connected(count, _train, tiny, out, name, changes) == list(ends or [0] * count)


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


def _plan_slowly(tiny: Path, params: Path, log: Path) -> None:
    """Run the stage with a plan that takes a moment, as with a download, and with no training."""
    from galaxy.recipes import network, supervised
    from galaxy.workbench import stage_run

    def note(what: str) -> None:
        with log.open("a") as file:
            file.write(f"{os.environ['RANK']} {what}\n")

    def plan(*arguments: Any, **settings: Any) -> network.NetworkPlan:
        note("begins")
        time.sleep(0.3)
        found = planned(*arguments, **settings)
        note("ends")
        return found

    planned, network.plan_network = network.plan_network, plan
    supervised.train_row = lambda *_, **__: 0.0
    stage_run.track_stage = lambda **_: nullcontext(MagicMock())
    run_stage(tiny, "custom", params)


def test_the_leading_process_plans_first_so_that_weights_are_downloaded_once(tiny: Path, tmp_path: Path) -> None:
    log, params = tmp_path / "log", write_params(tmp_path, ENTRIES)
    assert run_connected(2, _plan_slowly, tiny, params, log) == [0, 0]
    assert log.read_text().splitlines() == ["0 begins", "0 ends", "1 begins", "1 ends"]


PROGRAM = """
import os, signal, sys, time
from galaxy.errors import InputError
from galaxy.workbench.error_exit import exit_with_lines
rank, what = os.environ["RANK"], sys.argv[1]
if what == "refuse" and rank == "1":
    exit_with_lines("the GPU is missing")
if what == "die" and rank == "1":
    os.kill(os.getpid(), signal.SIGKILL)
if what == "status" and rank == "1":
    sys.exit(7)
if what != "end":
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: (os.write(1, b"told\\n"), os._exit(0)))
    os.write(1, b"ready\\n")  # in one piece, or the lines of two processes mix
    time.sleep(60)
"""


SLOW_TO_END = """
import signal, sys, time
import torch
from galaxy.errors import InputError
from galaxy.training.process_group import process_group
from galaxy.workbench.error_exit import exit_with_error
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as stages do
try:
    with process_group(torch.device("cpu")) as world:
        if world.leads:
            raise InputError("the weights are damaged")
        world.wait()
except InputError as error:
    time.sleep(2 if world.leads else 0)
    exit_with_error(error)
"""


def start(tmp_path: Path, what: str, program: str = PROGRAM) -> "subprocess.Popen[str]":
    """Launch two processes of `program`."""
    (tmp_path / "program.py").write_text(program)
    code = (
        "import sys\nfrom galaxy.errors import InputError\nfrom galaxy.training.process_group import launch\n"
        "try:\n    sys.exit(launch(2, sys.executable, sys.argv[1:]))\n"
        "except InputError as error:\n    sys.exit(str(error))\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "program.py"), what],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )


@pytest.mark.parametrize(
    ("what", "status", "said"),
    [
        ("end", 0, ""),
        ("refuse", 1, "the GPU is missing\n"),
        (
            "die",
            1,
            "process 2 of 2 was ended by SIGKILL before the training was over; start again: .*from the last save\n",
        ),
        ("status", 7, ""),
    ],
)
def test_the_launcher_ends_all_processes_with_one_line(tmp_path: Path, what: str, status: int, said: str) -> None:
    with start(tmp_path, what) as found:
        _, stderr = found.communicate()
    assert found.returncode == status
    assert re.fullmatch(said, stderr)


def test_the_reason_is_that_of_the_process_that_failed_first_however_long_it_takes_to_end(tmp_path: Path) -> None:
    with start(tmp_path, "", SLOW_TO_END) as found:
        _, stderr = found.communicate()
    assert (found.returncode, stderr) == (1, "the weights are damaged\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_launcher_passes_signals_on(tmp_path: Path, number: signal.Signals) -> None:
    with start(tmp_path, "wait") as found:
        assert found.stdout
        assert [found.stdout.readline() for _ in range(2)] == ["ready\n"] * 2
        found.send_signal(number)
        stdout, stderr = found.communicate()
    # Whether a process gets Ctrl-C or SIGTERM depends on the moment; a training takes both alike.
    assert (found.returncode, stdout, stderr) == (128 + number, "told\n" * 2, "")


@pytest.mark.parametrize(
    ("variables", "device", "message"),
    [
        ({"RANK": "0"}, "cpu", "RANK is '0' and WORLD_SIZE ''; torchrun sets both"),
        ({"RANK": "2", "WORLD_SIZE": "2"}, "cpu", "RANK is '2' and WORLD_SIZE '2'"),
        ({"RANK": "x", "WORLD_SIZE": "2"}, "cuda:0", "RANK is 'x'"),
        ({"RANK": "1", "WORLD_SIZE": "2"}, "cuda:0", "GALAXY_DEVICE is cuda:0, but each of several processes"),
    ],
)
def test_impossible_places_are_refused(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], device: str, message: str
) -> None:
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(InputError, match=message), process_group(torch.device(device)):
        pytest.fail("there is no such place")


def test_processes_that_hang_do_not_outlive_their_test() -> None:
    assert run_connected(2, time.sleep, 600, seconds=0.5) == [-signal.SIGKILL] * 2
