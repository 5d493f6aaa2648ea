"""Averages features over flips and quarter turns of an image, which do not change a galaxy's class."""

from collections.abc import Callable

import torch
from torch import Tensor

COUNT = 8
"""Number of flips and quarter turns of a square."""


def symmetric_view(images: Tensor, number: int) -> Tensor:
    """Turn (B, 3, S, S) images by `number` % 4 quarter turns, and mirror them if `number` is from 4 to 7."""
    turned = torch.rot90(images, number % 4, (2, 3))
    return turned.flip(3) if number >= COUNT // 2 else turned


def average_over_symmetries(encode: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Return the mean of the features of the eight flips and quarter turns.

    Args:
        encode: Turns (B, 3, S, S) images into (B, D) features.
        images: (B, 3, S, S) images.

    Returns:
        (B, D) features, the same for each of the eight views up to rounding.

    Example:
        >>> image = torch.arange(12.0).reshape(1, 3, 2, 2)
        >>> average_over_symmetries(lambda view: view[:, :, 0, 0], image)
        tensor([[1.5000, 5.5000, 9.5000]])
    """
    return first_and_average(encode, images)[:, 1]


def first_and_average(encode: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Return the features of the images as they are, and their mean over the eight flips and quarter turns.

    Args:
        encode: Turns (B, 3, S, S) images into (B, D) features.
        images: (B, 3, S, S) images.

    Returns:
        (B, 2, D) features: those of the images, then the means.
    """
    first = encode(symmetric_view(images, 0).contiguous())
    total = first
    for number in range(1, COUNT):
        total = total + encode(symmetric_view(images, number).contiguous())
    return torch.stack([first, total / COUNT], dim=1)
