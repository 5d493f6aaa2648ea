import torch

from galaxy.models.multiply_adds import multiply_adds_of


def test_convolutions_and_products_are_counted_once_each() -> None:
    convolution = torch.nn.Conv2d(3, 5, 3, padding=1, bias=False)
    images = torch.zeros(2, 3, 8, 8)
    assert multiply_adds_of(lambda: convolution(images)) == 2 * 8 * 8 * 5 * 3 * 3 * 3
    assert multiply_adds_of(lambda: torch.zeros(4, 7) @ torch.zeros(7, 6)) == 4 * 7 * 6


def test_activations_and_normalisations_cost_nothing() -> None:
    norm = torch.nn.BatchNorm2d(3)
    assert multiply_adds_of(lambda: torch.relu(norm(torch.ones(2, 3, 4, 4)))) == 0
