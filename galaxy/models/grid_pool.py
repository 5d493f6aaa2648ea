"""Average pooling of a square map to a fixed grid, with a deterministic backward pass on every device."""

import torch
from torch import nn


def grid_pool(side: int, grid: int) -> nn.Module:
    """Create a layer that computes AdaptiveAvgPool2d(grid) of square maps, deterministically on CUDA.

    `nn.AdaptiveAvgPool2d` has no deterministic backward pass on CUDA. If all its windows have the same size, average
    pooling gives identical results; otherwise two matrix products give the same results within rounding.

    Args:
        side: Width and height of the input.
        grid: Width and height of the output.
    """
    if side == grid:
        return nn.Identity()
    starts = [i * side // grid for i in range(grid)]
    ends = [-(-(i + 1) * side // grid) for i in range(grid)]
    window, stride = ends[0], starts[1] if grid > 1 else side
    if stride and all(s == i * stride and e == s + window for i, (s, e) in enumerate(zip(starts, ends, strict=True))):
        return nn.AvgPool2d(window, stride=stride)
    weights = torch.zeros(grid, side)
    for i, (start, end) in enumerate(zip(starts, ends, strict=True)):
        weights[i, start:end] = 1.0 / (end - start)
    return _MatrixPool(weights)


class _MatrixPool(nn.Module):
    weights: torch.Tensor

    def __init__(self, weights: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("weights", weights, persistent=False)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        weights = self.weights.to(maps.dtype)
        return weights @ maps @ weights.T
