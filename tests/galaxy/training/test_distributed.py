"""The parts of a world that need no second process; test_distributed_layers.py and test_dino_update.py have several."""

import pytest
import torch

from galaxy.errors import InputError
from galaxy.training.distributed import World, device_of


@pytest.mark.parametrize("size", [1, 2, 3, 5])
def test_the_shares_of_all_processes_are_the_batch(size: int) -> None:
    batch = torch.arange(11)
    shares = [World(rank, size).share(batch) for rank in range(size)]
    assert sorted(torch.cat(shares).tolist()) == batch.tolist()
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_one_process_has_nothing_to_exchange() -> None:
    world, tensor = World(), torch.tensor([1.0, 2.0])
    assert world.sum(tensor) is tensor
    assert world.max(tensor) is tensor
    assert world.whole(tensor, 2).tolist() == [1.0, 2.0]
    assert world.agree(signal=15, save=True) == (15, True)
    with world.leader_first():
        world.wait()


@pytest.mark.parametrize("name", ["cpu", "cuda:1"])
def test_a_device_with_a_number_stays(name: str) -> None:
    assert device_of(torch.device(name)) == torch.device(name)


def test_each_process_takes_the_gpu_of_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[int] = []
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    monkeypatch.setenv("RANK", "5")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert device_of(torch.device("cuda")) == torch.device("cuda:1")
    assert chosen == [1]
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(InputError, match="no GPU for process 3, because this machine has 2 GPUs"):
        device_of(torch.device("cuda"))
