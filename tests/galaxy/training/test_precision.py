import torch

from galaxy.training.precision import Precision

CPU = torch.device("cpu")


def test_a_precision_is_named_for_people() -> None:
    assert str(Precision(CPU)) == "CPU, float32"
