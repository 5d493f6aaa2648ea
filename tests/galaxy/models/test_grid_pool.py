import pytest
import torch
from torch import nn

from galaxy.models.grid_pool import grid_pool


@pytest.mark.parametrize("side", [1, 2, 3, 4, 5, 7, 8, 9, 13, 14, 16])
@pytest.mark.parametrize("grid", [1, 2, 7])
def test_it_is_adaptive_average_pooling(side: int, grid: int) -> None:
    maps = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(grid_pool(side, grid)(maps), nn.AdaptiveAvgPool2d(grid)(maps), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("side", "grid"), [(8, 7), (14, 7), (7, 7), (4, 2)])
def test_windows_of_one_size_give_the_same_bits(side: int, grid: int) -> None:
    maps = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    pool = grid_pool(side, grid)
    assert isinstance(pool, nn.AvgPool2d | nn.Identity)
    assert torch.equal(pool(maps), nn.AdaptiveAvgPool2d(grid)(maps))
