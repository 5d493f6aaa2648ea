"""The base class of networks that are a sequence of layers, all of which are trained."""

from collections.abc import Sequence

import torch
from torch import nn

from galaxy.models.classifier import Classifier


class SequentialClassifier(Classifier):
    """A classifier without frozen layers, whose last layer is linear and gives the logits of the K classes.

    Attributes:
        network: All layers in order.
    """

    network: nn.Sequential

    def frozen_modules(self) -> Sequence[nn.Module]:
        """Return an empty list: all layers learn."""
        return []

    def frozen_part(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return the pixels as they are."""
        return pixels

    def learning_part(self, features: torch.Tensor) -> torch.Tensor:
        """Return (B, K) logits of normalised pixels."""
        logits: torch.Tensor = self.network(features)
        return logits

    def is_replaced(self, name: str) -> bool:
        """Return whether the tensor `name` belongs to the last layer, whose width is the number of classes."""
        return name.split(".")[0] == str(len(self.network) - 1)

    def drawn_layers(self) -> list[nn.Module]:
        """Return the layers whose weights `reinitialise` draws: all, or the last when a checkpoint gave the others."""
        layers = list(self.network.children())
        return layers[-1:] if self.loaded else layers
