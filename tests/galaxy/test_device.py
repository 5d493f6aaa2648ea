import pytest
import torch

from galaxy.device import pick_device
from galaxy.errors import InputError


def test_the_cpu_is_always_there() -> None:
    assert pick_device("cpu") == torch.device("cpu")


def test_without_a_name_the_best_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert pick_device() == pick_device("") == torch.device("cpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert pick_device() == torch.device("cuda")


@pytest.mark.parametrize("name", ["tpu", "cuda:7", "CPU", "cuda:x"])
def test_unknown_devices_are_refused_with_those_there_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(
        InputError, match=f"no device '{name}' here; allowed in GALAXY_DEVICE: cpu, cuda, cuda:0, cuda:1"
    ):
        pick_device(name)
