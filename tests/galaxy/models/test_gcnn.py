"""The equivariant network, compared with the definition of equivariance."""

import pytest
import torch

from galaxy.errors import InputError
from galaxy.models.gcnn import GCNNClassifier
from galaxy.models.group_convolution import ELEMENTS, move

ELEMENT = pytest.mark.parametrize("element", range(ELEMENTS))


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
