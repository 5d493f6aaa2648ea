import pytest
import torch
from torch import nn

from galaxy.models.initialise import initialise


def layers() -> tuple[nn.Conv2d, nn.Linear]:
    torch.manual_seed(0)
    return nn.Conv2d(16, 64, 3), nn.Linear(640, 200)


def test_normal_has_the_given_variance_in_all_layers() -> None:
    convolution, linear = layers()
    initialise([nn.Sequential(convolution, linear)], "normal", variance=0.04)
    for weight in (convolution.weight, linear.weight):
        assert weight.std().item() == pytest.approx(0.2, rel=0.03)
        assert weight.mean().item() == pytest.approx(0.0, abs=0.01)


def test_kaiming_scales_convolutions_with_the_fan_out() -> None:
    convolution, linear = layers()
    initialise([convolution, linear], "kaiming")
    assert convolution.weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.03)
    assert linear.weight.std().item() == pytest.approx(0.01, rel=0.03)


@pytest.mark.parametrize("kind", ["normal", "kaiming"])
def test_biases_become_zero(kind: str) -> None:
    convolution, linear = layers()
    initialise([convolution, linear], kind)  # type: ignore[arg-type]
    for layer in (convolution, linear):
        assert layer.bias is not None
        assert not layer.bias.any()


def test_a_normalisation_becomes_the_identity_again() -> None:
    norm = nn.BatchNorm2d(8)
    norm(torch.randn(8, 8, 2, 2) + 5)  # changes the running statistics
    nn.init.constant_(norm.weight, 3.0)
    initialise([norm], "normal")
    assert torch.equal(norm.weight, torch.ones(8))
    assert norm.running_mean is not None
    assert norm.running_var is not None
    assert not norm.running_mean.any()
    assert torch.equal(norm.running_var, torch.ones(8))
