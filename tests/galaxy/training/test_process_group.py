"""What a process takes from torchrun's environment; tests/stages/test_train_processes.py starts real ones."""

import pytest
import torch

from galaxy.errors import InputError
from galaxy.training.process_group import process_group


@pytest.fixture(autouse=True)
def _no_launcher(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "TORCHELASTIC_RUN_ID"):
        monkeypatch.delenv(name, raising=False)


def test_a_process_that_was_started_alone_is_a_world_of_one() -> None:
    with process_group(torch.device("cpu")) as world:
        assert (world.rank, world.size, world.leads) == (0, 1, True)


@pytest.mark.parametrize(("rank", "size"), [("2", "2"), ("0", "0"), ("-1", "2"), ("one", "2"), ("0", None)])
def test_an_impossible_place_is_refused(rank: str, size: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", rank)
    if size is not None:
        monkeypatch.setenv("WORLD_SIZE", size)
    said = f"RANK is '{rank}' and WORLD_SIZE '{size or ''}'; torchrun sets both"
    with pytest.raises(InputError, match=said), process_group(torch.device("cpu")):
        pass


def test_several_processes_do_not_share_one_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with (
        pytest.raises(InputError, match="GALAXY_DEVICE is cuda:1, but each of several processes needs its own GPU"),
        process_group(torch.device("cuda:1")),
    ):
        pass
