import pytest
import torch

from galaxy import device, load
from galaxy.device import can_run, pick_device
from galaxy.errors import InputError


@pytest.fixture
def gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make torch report two GPUs that it can use."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "NVIDIA H100")
    monkeypatch.setattr(torch.cuda, "get_arch_list", lambda: ["sm_75", "sm_90", "compute_120"])


def test_the_cpu_is_always_there() -> None:
    assert pick_device("cpu") == torch.device("cpu")


def test_without_a_gpu_the_cpu_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(device, "has_nvidia_driver", lambda: False)
    assert pick_device() == pick_device("") == torch.device("cpu")


@pytest.mark.usefixtures("gpus")
def test_a_gpu_is_chosen_where_there_is_one() -> None:
    assert pick_device() == torch.device("cuda")
    assert pick_device("cuda:1") == torch.device("cuda:1")


@pytest.mark.usefixtures("gpus")
@pytest.mark.parametrize("name", ["tpu", "cuda:7", "CPU", "cuda:x"])
def test_unknown_devices_are_refused_with_those_there_are(name: str) -> None:
    rest = f"is '{name}', a device that is not here; allowed are cpu, cuda, cuda:0, cuda:1$"
    with pytest.raises(InputError, match=f"^GALAXY_DEVICE {rest}"):
        pick_device(name)
    with pytest.raises(InputError, match=f"^device {rest}"):
        load("custom", device=name)


@pytest.mark.parametrize("name", [None, "cuda"])
def test_a_gpu_that_torch_does_not_see_is_refused_unless_hidden(
    monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(device, "has_nvidia_driver", lambda: True)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    with pytest.raises(InputError, match="NVIDIA GPU that torch cannot use .*set GALAXY_DEVICE=cpu"):
        pick_device(name)
    with pytest.raises(InputError, match="NVIDIA GPU that torch cannot use .*or set device=cpu"):
        load("custom", device=name)
    assert pick_device("cpu") == torch.device("cpu")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert pick_device() == torch.device("cpu")


@pytest.mark.usefixtures("gpus")
def test_a_gpu_that_torch_is_not_built_for_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (7, 0))
    for name in (None, "cuda", "cuda:0"):
        with pytest.raises(
            InputError, match=r"NVIDIA H100 has compute capability 7\.0, .*sm_75.*set GALAXY_DEVICE=cpu"
        ):
            pick_device(name)
        with pytest.raises(InputError, match="or set device=cpu to compute on the CPU"):
            load("custom", device=name)
    assert pick_device("cpu") == torch.device("cpu")


@pytest.mark.parametrize(
    ("capability", "architectures", "expected"),
    [
        ((7, 0), ["sm_75", "sm_80"], False),
        ((8, 6), ["sm_80"], True),
        ((9, 0), ["sm_80", "sm_86"], False),
        ((9, 0), ["sm_80", "compute_80"], True),
        ((9, 0), ["sm_90a"], True),
        ((12, 0), ["sm_120"], True),
        ((9, 0), ["gfx90a", "gfx942"], True),
        ((9, 0), [], False),
    ],
)
def test_machine_code_runs_on_its_own_generation_and_portable_code_on_newer_ones(
    capability: tuple[int, int], architectures: list[str], expected: bool
) -> None:
    assert can_run(capability, architectures) is expected
