"""Computes the frozen part of a network in batches of one size, so that features do not depend on the batch."""

from typing import Protocol

import torch


class FrozenPart(Protocol):
    """A network of which a part is frozen."""

    @property
    def has_frozen_part(self) -> bool:
        """Return whether `frozen_part` is more than the identity."""

    def frozen_part(self, pixels: torch.Tensor, /) -> torch.Tensor:
        """Compute features from normalised pixels."""


def frozen_features(network: FrozenPart, pixels: torch.Tensor, *, chunk: int) -> torch.Tensor:
    """Compute the features of images with the frozen part of a network, without gradients.

    Libraries choose the algorithm of a convolution by the batch size, and with it the order of its sums. Therefore
    exactly `chunk` images are computed at a time, the last ones padded with zeros: the features of an image are the
    same bits whether they are stored for all epochs or computed in each of them.

    Args:
        network: The network.
        pixels: (b, 3, S, S) normalised pixels.
        chunk: Number of images at a time.

    Returns:
        (b, ...) features; `pixels` themselves when the network has no frozen part.
    """
    if not network.has_frozen_part:
        return pixels
    found = []
    with torch.no_grad():
        for piece in torch.split(pixels, chunk):
            lacking = chunk - len(piece)
            if lacking:
                filled = torch.cat([piece, piece.new_zeros((lacking, *piece.shape[1:]))])
                # The strides of a single image do not show that channels come last, so the format is set here.
                piece = filled.contiguous(memory_format=torch.channels_last)
            found.append(network.frozen_part(piece)[: chunk - lacking])
    return found[0] if len(found) == 1 else torch.cat(found)
