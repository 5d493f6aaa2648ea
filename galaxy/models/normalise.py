"""Normalisation of pixels, the first part of every network."""

from collections.abc import Sequence

import torch
from torch import nn

IMAGENET_MEAN = (0.485, 0.456, 0.406)
"""Mean of red, green and blue, of pixels scaled to [0, 1], that the VGG weights of torchvision and timm expect."""

IMAGENET_STD = (0.229, 0.224, 0.225)
"""Standard deviation of red, green and blue, in the same units."""


class Normalise(nn.Module):
    """Computes (x / 255 - mean) / std of (B, S, S, 3) uint8 images.

    The result is (B, 3, S, S) float32 in channels-last memory.

    Only uint8 images with three channels last are accepted, so that pixels scaled to [0, 1], grey images or images in
    another layout raise an error.

    Args:
        mean: Mean per channel of pixels scaled to [0, 1], in the order red, green, blue.
        std: Standard deviation per channel, in the same units and order.

    Raises:
        ValueError: If `mean` or `std` is not three numbers, or a number of `std` is not above 0.

    Example:
        >>> normalise = Normalise(mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25))
        >>> normalise(torch.full((1, 8, 8, 3), 255, dtype=torch.uint8)).mean()
        tensor(2.)
    """

    scale: torch.Tensor
    shift: torch.Tensor

    def __init__(self, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        if len(mean) != 3 or len(std) != 3 or min(std) <= 0:
            raise ValueError(f"mean {mean} and std {std} must be three numbers each, and std above 0")
        self.mean, self.std = tuple(mean), tuple(std)
        scale = 1.0 / (255.0 * torch.tensor(std, dtype=torch.float64))
        shift = -torch.tensor(mean, dtype=torch.float64) / torch.tensor(std, dtype=torch.float64)
        self.register_buffer("scale", scale.float().view(1, 3, 1, 1), persistent=False)
        self.register_buffer("shift", shift.float().view(1, 3, 1, 1), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the normalised images.

        Raises:
            TypeError: If `images` is not (B, S, S, 3) uint8.
        """
        if (
            images.dtype != torch.uint8
            or images.ndim != 4
            or images.shape[3] != 3
            or images.shape[1] != images.shape[2]
        ):
            raise TypeError(
                f"images have shape {tuple(images.shape)} and type {images.dtype}; they must have shape (B, S, S, 3) "
                "and type torch.uint8"
            )
        return images.permute(0, 3, 1, 2).to(torch.float32).mul_(self.scale).add_(self.shift)
