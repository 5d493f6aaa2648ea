"""One supervised update: a batch of labelled galaxies to a cross-entropy."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import torch
from torch.nn import functional

from galaxy.training.step import Moment, ParameterGroup

Source = Callable[[torch.Tensor], torch.Tensor]
"""From (b,) int64 positions on the CPU to a batch on the training's device."""


class Network(Protocol):
    """A classifier in three parts, of which only the last learns."""

    def normalise(self, images: torch.Tensor, /) -> torch.Tensor:
        """(B, S, S, 3) uint8 images to float pixels."""

    def frozen_part(self, pixels: torch.Tensor, /) -> torch.Tensor:
        """Pixels to features."""

    def learning_part(self, features: torch.Tensor, /) -> torch.Tensor:
        """Features to (B, K) logits."""

    def learning_tensors(self) -> Mapping[str, torch.Tensor]:
        """Parameters and buffers that training changes, live."""

    def train(self, mode: bool = True, /) -> object:
        """Switch between training and evaluation mode."""


class SupervisedStep:
    """Cross-entropy of a network's logits.

    Args:
        network: What is trained; on the training's device.
        source: Gives images, or the frozen part's features when `kept` is set.
        labels: (N,) int64 class of each item, on the training's device.
        kept: Whether `source` gives what the frozen part computed.
        label_smoothing: Share of the target that is spread evenly over all classes, in [0, 1).
        class_weights: (K,) factors on the loss of each class, on the device; None weighs all galaxies alike.
    """

    def __init__(
        self,
        network: Network,
        source: Source,
        labels: torch.Tensor,
        *,
        kept: bool = False,
        label_smoothing: float = 0.0,
        class_weights: torch.Tensor | None = None,
    ) -> None:
        self._network = network
        self._source = source
        self._labels = labels
        self._kept = kept
        self._smoothing = label_smoothing
        self._weights = class_weights

    def groups(self) -> Sequence[ParameterGroup]:
        """All learning parameters in one group, weight decay on all of them, as torch's AdamW has it."""
        tensors = self._network.learning_tensors().values()
        return [ParameterGroup("network", [t for t in tensors if isinstance(t, torch.nn.Parameter)])]

    def state(self) -> Mapping[str, torch.Tensor]:
        """The learning tensors."""
        return self._network.learning_tensors()

    def loss(self, positions: torch.Tensor, moment: Moment) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Cross-entropy (natural logarithm) and the number of right answers."""
        self._network.train()
        batch = self._source(positions)
        if not self._kept:
            with torch.no_grad():
                batch = self._network.frozen_part(self._network.normalise(batch))
        labels = self._labels[positions.to(self._labels.device)]
        logits = self._network.learning_part(batch)
        losses = functional.cross_entropy(
            logits.float(), labels, weight=self._weights, label_smoothing=self._smoothing, reduction="sum"
        )
        return losses / moment.items, {"accuracy": (logits.argmax(1) == labels).sum()}

    def after_update(self, moment: Moment) -> None:
        """Nothing."""
