"""Features averaged over the flips and quarter turns of a picture, to which a galaxy's class does not react."""

from collections.abc import Callable

import torch
from torch import Tensor

COUNT = 8
"""Flips and quarter turns of a square."""


def symmetric_view(images: Tensor, number: int) -> Tensor:
    """Turn (B, 3, S, S) images by `number` % 4 quarter turns, and mirror them if `number` is 4 or more, up to 7."""
    turned = torch.rot90(images, number % 4, (2, 3))
    return turned.flip(3) if number >= COUNT // 2 else turned


def average_over_symmetries(encode: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Mean of the features of the eight flips and quarter turns.

    Args:
        encode: Turns (B, 3, S, S) images into (B, D) features.
        images: (B, 3, S, S).

    Returns:
        (B, D) features, the same for each of the eight views up to rounding.
    """
    total = encode(symmetric_view(images, 0).contiguous())
    for number in range(1, COUNT):
        total = total + encode(symmetric_view(images, number).contiguous())
    return total / COUNT
