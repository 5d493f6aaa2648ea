import itertools

import pytest
import torch

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
