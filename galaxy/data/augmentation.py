"""Random flips and quarter turns of a batch of images, which interpolate no pixel."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Augmentation:
    """Draws random flips and quarter turns on the device of the images and applies them.

    Attributes:
        flips: Whether to mirror each image up-down and left-right, with probability one half each.
        rotations: Whether to turn each image by 0, 90, 180 or 270 degrees, with equal probability.

    Example:
        >>> augment = Augmentation(flips=True, rotations=True)
        >>> drawn = augment.draw(8, torch.Generator().manual_seed(0))
        >>> augment.apply(torch.zeros(8, 64, 64, 3, dtype=torch.uint8), drawn).shape
        torch.Size([8, 64, 64, 3])
    """

    flips: bool
    rotations: bool

    def draw(self, items: int, generator: torch.Generator) -> torch.Tensor:
        """Draw (items, 3) bool: whether to transpose, flip rows and flip columns, in this order."""
        drawn = torch.randint(2, (items, 3), generator=generator, device=generator.device).bool()
        transpose, rows, columns = drawn.unbind(1)
        if not self.rotations:
            transpose = torch.zeros_like(transpose)
        if not self.flips:  # no mirror images: a transposed image has exactly one flip, any other none or both
            columns = rows ^ transpose
        if not self.flips and not self.rotations:
            rows = columns = transpose
        return torch.stack([transpose, rows, columns], dim=1)

    def apply(self, images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
        """Move the pixels of (b, S, S, C) images as the (b, 3) rows of `drawn` say."""
        transpose, rows, columns = drawn.view(-1, 3, 1, 1, 1).unbind(1)
        images = torch.where(transpose, images.transpose(1, 2), images)
        images = torch.where(rows, images.flip(1), images)
        return torch.where(columns, images.flip(2), images)
