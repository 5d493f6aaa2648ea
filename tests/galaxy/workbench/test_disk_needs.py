from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torchvision.models import vgg11, vgg16

from galaxy.models.vgg import VGGClassifier
from galaxy.workbench.disk_needs import vgg_parameters

PIXELS: dict[str, Any] = {"mean": (0.1, 0.1, 0.1), "std": (0.2, 0.2, 0.2)}


@pytest.mark.parametrize(("depth", "build"), [(11, vgg11), (16, vgg16)])
def test_a_vgg_has_as_many_weights_as_torchvision_s(depth: int, build: Any) -> None:
    entry = SimpleNamespace(depth=depth, channels=None, grid=7, head=[4096, 4096])
    with torch.device("meta"):
        network = build(num_classes=10, init_weights=False)
    assert vgg_parameters(entry) == sum(tensor.numel() for tensor in network.parameters() if tensor.ndim > 1)


def test_a_narrow_vgg_has_as_many_weights_as_the_network() -> None:
    entry = SimpleNamespace(depth=11, channels=32, grid=2, head=[128])
    network = VGGClassifier(classes=10, size=64, **PIXELS, channels=32, grid=2, head=[128])
    assert vgg_parameters(entry) == sum(tensor.numel() for tensor in network.parameters() if tensor.ndim > 1)
