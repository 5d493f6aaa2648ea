import pytest
import torch
from torch import nn

from galaxy.features.symmetries import COUNT, average_over_symmetries, symmetric_view


def test_the_views_are_the_eight_symmetries_of_the_square() -> None:
    image = torch.arange(9.0).view(1, 1, 3, 3)
    views = [symmetric_view(image, number) for number in range(COUNT)]
    assert len({tuple(view.flatten().tolist()) for view in views}) == 8
    turned = {tuple(symmetric_view(view, 1).flatten().tolist()) for view in views}
    assert turned == {tuple(view.flatten().tolist()) for view in views}, "they are a group"


@pytest.mark.parametrize("number", range(COUNT))
def test_the_average_does_not_react_to_them(number: int) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 5)).eval()
    images = torch.randn(2, 3, 8, 8)
    with torch.no_grad():
        one = average_over_symmetries(network, images)
        other = average_over_symmetries(network, symmetric_view(images, number))
        assert not torch.allclose(network(images), one, atol=1e-3)
    torch.testing.assert_close(one, other, rtol=0, atol=1e-6)
