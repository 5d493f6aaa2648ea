"""The equivariant network, compared with the definition of equivariance."""

import itertools

import pytest
import torch

from galaxy.errors import InputError
from galaxy.models.gcnn import GCNNClassifier
from galaxy.models.group_convolution import ELEMENTS, FieldNormalisation, GroupConvolution, inverse, move, product

ELEMENT = pytest.mark.parametrize("element", range(ELEMENTS))


def moved_fields(maps: torch.Tensor, element: int) -> torch.Tensor:
    """Return how maps of fields change with the image: each map moves, and its eight channels change places."""
    fields = maps.reshape(len(maps), -1, ELEMENTS, *maps.shape[2:])
    order = [product(inverse(element), g) for g in range(ELEMENTS)]
    return move(fields[:, :, order], element).reshape(maps.shape)


def test_the_product_of_two_elements_moves_like_one_after_the_other() -> None:
    image = torch.arange(9).view(3, 3)
    for first, second in itertools.product(range(ELEMENTS), repeat=2):
        assert torch.equal(move(image, product(first, second)), move(move(image, second), first))
    assert {tuple(move(image, element).flatten().tolist()) for element in range(ELEMENTS)}.__len__() == ELEMENTS


@ELEMENT
def test_convolutions_are_equivariant(element: int) -> None:
    torch.manual_seed(0)
    lifting = GroupConvolution(3, 2, 3, padding=1, lifting=True).double()
    between = GroupConvolution(2, 4, 3, padding=1).double()
    norm = FieldNormalisation(4).double()
    torch.nn.init.normal_(lifting.bias)
    images = torch.randn(2, 3, 8, 8, dtype=torch.float64)
    first = lifting(images)
    torch.testing.assert_close(lifting(move(images, element)), moved_fields(first, element), rtol=0, atol=1e-12)
    second = norm(between(first))
    again = norm(between(moved_fields(first, element)))
    torch.testing.assert_close(again, moved_fields(second, element), rtol=0, atol=1e-12)
    assert second.std() > 0.1


@ELEMENT
@pytest.mark.parametrize("training", [False, True])
def test_predictions_do_not_change_when_the_image_is_moved(element: int, training: bool) -> None:
    torch.manual_seed(1)
    network = GCNNClassifier(classes=4, size=32, mean=(0.2,) * 3, std=(0.3,) * 3, fields=2, head=8).double()
    last = network.network[-1]
    assert isinstance(last, torch.nn.Linear)
    torch.nn.init.normal_(last.weight)
    network.train(training)
    pixels = torch.rand(5, 3, 32, 32, dtype=torch.float64)
    logits = network.learning_part(pixels)
    torch.testing.assert_close(network.learning_part(move(pixels, element)), logits, rtol=0, atol=1e-10)
    assert logits.std(dim=0).min() > 1e-3  # different galaxies are told apart


def test_sizes_whose_pooling_windows_do_not_turn_onto_each_other_are_refused() -> None:
    with pytest.raises(InputError, match="cannot take images of 50 px; give images whose width is a multiple of 32 px"):
        GCNNClassifier(classes=4, size=50, mean=(0.2,) * 3, std=(0.3,) * 3)
