import pytest
import torch
from torch import nn

from galaxy.errors import InputError
from galaxy.models.architecture import build_classifier
from tests.galaxy.models.classifiers import CLASSES, MEAN, STD, build


def test_every_convolution_and_hidden_layer_is_followed_by_relu_and_normalisation() -> None:
    layers = list(build("custom").network.children())
    for index, layer in enumerate(layers[:-1]):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            assert isinstance(layers[index + 1], nn.ReLU)
            assert isinstance(layers[index + 2], nn.BatchNorm1d | nn.BatchNorm2d)
    assert isinstance(layers[0], nn.AvgPool2d)
    assert isinstance(layers[-1], nn.Linear)


def test_the_other_order_is_a_parameter() -> None:
    layers = list(build("custom", order="norm-relu").network.children())
    first = next(index for index, layer in enumerate(layers) if isinstance(layer, nn.Conv2d))
    assert isinstance(layers[first + 1], nn.BatchNorm2d)
    assert isinstance(layers[first + 2], nn.ReLU)


def test_it_is_shorter_than_vgg11_and_has_32_channels() -> None:
    network = build_classifier({"kind": "custom"}, classes=10, size=64, mean=MEAN, std=STD).network
    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    assert len(convolutions) < 8
    assert {layer.out_channels for layer in convolutions} == {32}


def test_sizes() -> None:
    with pytest.raises(InputError, match="cannot take images of 31 px; give images of 32 px or more, or fewer blocks"):
        build("custom", size=31)
    for size in (32, 50, 69):
        assert build("custom", size=size)(torch.zeros(2, size, size, 3, dtype=torch.uint8)).shape == (2, CLASSES)
