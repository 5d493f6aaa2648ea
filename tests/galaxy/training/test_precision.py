import pytest
import torch

from galaxy.training.precision import Precision

CPU = torch.device("cpu")


def test_a_precision_is_named_for_people() -> None:
    assert str(Precision(CPU)) == "CPU, float32"


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        ((7, 0), torch.float32),
        ((7, 5), torch.float32),
        ((8, 0), torch.bfloat16),
        ((8, 9), torch.bfloat16),
        ((9, 0), torch.bfloat16),
        ((12, 0), torch.bfloat16),
    ],
)
def test_gpus_compute_in_bfloat16_from_compute_capability_8_on(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], expected: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert Precision.of(torch.device("cuda")) == Precision(torch.device("cuda"), expected)


def test_cpus_compute_in_float32() -> None:
    assert Precision.of(CPU) == Precision(CPU, torch.float32)
    with Precision.of(CPU).casting():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    with Precision(CPU, torch.bfloat16).casting():
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.bfloat16
