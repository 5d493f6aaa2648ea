"""Several processes compute what one does."""

import csv
import multiprocessing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from galaxy.predictions import load_predictions
from galaxy.training.distributed import team
from tests.stages.tiny import ENTRIES, outs, train_tiny, write_tiny


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    write_tiny(folder)
    return folder


def _train(variables: Mapping[str, str], count: int, tiny: Path, out: Path, name: str, changes: dict[str, Any]) -> None:
    import os

    torch.set_num_threads(1)
    os.environ.update(variables)

    def start(variables: Mapping[str, str]) -> Any:
        raise AssertionError(variables)

    with team(count, start, device=torch.device("cpu")) as world:
        train_tiny(tiny, out, ENTRIES[name], world=world, **changes)


def train_with(count: int, tiny: Path, out: Path, name: str, **changes: Any) -> None:
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
        process.join()
        assert process.exitcode == 0


def curves(out: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    with (out / "history.csv").open(newline="") as file:
        return np.array([[float(value) for value in line] for line in list(csv.reader(file))[1:]])


@pytest.mark.parametrize(("name", "count"), [("custom", 2), ("custom", 3), ("deep", 2), ("scratch", 2)])
def test_the_loss_curve_is_that_of_one_process(tiny: Path, tmp_path: Path, name: str, count: int) -> None:
    # 42 images in batches of 8: the last one has 2, fewer than three processes.
    changes: dict[str, Any] = {"epochs": 2, "seeds": [0, 1], "flips": name == "custom"}
    train_tiny(tiny, tmp_path / "one", ENTRIES[name], **changes)
    train_with(count, tiny, tmp_path / "several", name, **changes)
    np.testing.assert_allclose(curves(tmp_path / "several"), curves(tmp_path / "one"), rtol=2e-4, atol=2e-5)
    one, several = (load_predictions(tmp_path / out / "predictions.npz").probability for out in ("one", "several"))
    np.testing.assert_allclose(several, one, atol=2e-3)


def test_several_processes_give_the_same_bytes_each_time(tiny: Path, tmp_path: Path) -> None:
    for out in ("a", "b"):
        train_with(2, tiny, tmp_path / out, "custom", epochs=1)
    assert outs(tmp_path / "a") == outs(tmp_path / "b")
