"""The step of supervised training: the cross-entropy of a batch of labelled galaxies."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from galaxy.training.frozen import frozen_features
from galaxy.training.step import Moment, ParameterGroup
from galaxy.training.weight_average import WeightAverage

Source = Callable[[torch.Tensor], torch.Tensor]
"""Maps (b,) int64 positions on the CPU to a batch on the device of the training."""


class Network(Protocol):
    """A classifier in three parts: normalisation, a frozen part, and a part that learns."""

    training: bool

    def normalise(self, images: torch.Tensor, /) -> torch.Tensor:
        """Turn (B, S, S, 3) uint8 images into normalised float pixels."""

    @property
    def has_frozen_part(self) -> bool:
        """Return whether `frozen_part` is more than the identity."""

    def frozen_part(self, pixels: torch.Tensor, /) -> torch.Tensor:
        """Compute features from normalised pixels."""

    def learning_part(self, features: torch.Tensor, /) -> torch.Tensor:
        """Compute (B, K) logits from features."""

    def learning_tensors(self) -> Mapping[str, torch.Tensor]:
        """Return parameters and buffers that training changes, by name; the tensors themselves, not copies."""

    def train(self, mode: bool = True, /) -> object:
        """Switch between training and evaluation mode."""


class Augment(Protocol):
    """Random changes of images, which are drawn for a whole batch and applied to a part of it."""

    def draw(self, items: int, generator: torch.Generator, /) -> torch.Tensor:
        """Draw the changes of a whole batch, one row per item."""

    def apply(self, images: torch.Tensor, drawn: torch.Tensor, /) -> torch.Tensor:
        """Change (b, S, S, 3) uint8 images according to (b, ...) rows of the result of `draw`."""


class SupervisedStep:
    """Trains a network with the cross-entropy of its logits.

    Args:
        network: The network, on the device of the training.
        source: Gives images, or features of the frozen part when `gives_features` is set.
        labels: (N,) int64 class of each item, on the device.
        chunk: Number of images that the frozen part computes at a time.
        gives_features: Whether `source` gives features of the frozen part instead of images.
        augment: Changes images at random; not possible with features.
        mixup: Parameter of mixup's beta distribution (Zhang et al. 2018), with one draw per batch and partners from
            the whole batch; 0 does not mix. Not possible with features.
        label_smoothing: Share of the target that is spread evenly over all classes, in [0, 1).
        class_weights: (K,) factors of the loss of each class, on the device; None weighs all classes alike.
        average: Decay per update of a moving average of the weights, see `averaged`; None keeps no average.
        compiled: Whether torch.compile translates the part of the network that learns.

    Raises:
        ValueError: If features are to be augmented or mixed.
    """

    def __init__(
        self,
        network: Network,
        source: Source,
        labels: torch.Tensor,
        *,
        chunk: int,
        gives_features: bool = False,
        augment: Augment | None = None,
        mixup: float = 0.0,
        label_smoothing: float = 0.0,
        class_weights: torch.Tensor | None = None,
        average: float | None = None,
        compiled: bool = False,
    ) -> None:
        if gives_features and (augment or mixup):
            raise ValueError("stored features cannot be augmented, because they were computed from unchanged images")
        self._network = network
        self._source = source
        self._labels = labels
        self._chunk = chunk
        self._gives_features = gives_features
        self._augment = augment
        self._mixup = mixup
        self._smoothing = label_smoothing
        self._weights = class_weights
        self._average = None if average is None else WeightAverage(network.learning_tensors(), decay=average)
        # With dynamic shapes the compiled code depends on the first shape, so a resumed training would differ.
        self._logits = torch.compile(network.learning_part, dynamic=False) if compiled else network.learning_part

    def groups(self) -> Sequence[ParameterGroup]:
        """Return all parameters that learn, in one group with weight decay, as in torch's AdamW."""
        tensors = self._network.learning_tensors().values()
        return [ParameterGroup("network", [t for t in tensors if isinstance(t, torch.nn.Parameter)])]

    def state(self) -> Mapping[str, torch.Tensor]:
        """Return the tensors that training changes, and their moving average if there is one."""
        average = self._average.tensors if self._average else {}
        return {**self._network.learning_tensors(), **{f"average/{name}": tensor for name, tensor in average.items()}}

    def loss(self, positions: torch.Tensor, moment: Moment) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Compute the cross-entropy in nats, and `accuracy`, the number of galaxies whose class is right."""
        if not self._network.training:  # switching visits every layer
            self._network.train()
        labels = partner_labels = self._labels_of(positions)
        own_weight = 1.0
        if self._gives_features:
            features = self._source(positions)
        else:
            drawn = self._augment.draw(moment.items, moment.generator) if self._augment else None
            pixels = self._pixels(positions, None if drawn is None else moment.world.share(drawn))
            if self._mixup:
                own_weight, order = _draw_mix(moment.items, self._mixup, moment.generator)
                order = moment.world.share(order)
                partners = moment.world.whole(positions, moment.items)[order]
                partner_labels = self._labels_of(partners)
                partner_pixels = self._pixels(partners, None if drawn is None else drawn[order])
                pixels = own_weight * pixels + (1 - own_weight) * partner_pixels
            features = frozen_features(self._network, pixels, chunk=self._chunk)
        logits = self._logits(features).float()
        losses = self._cross_entropy(logits, labels)
        if self._mixup:
            losses = own_weight * losses + (1 - own_weight) * self._cross_entropy(logits, partner_labels)
        return losses / moment.items, {"accuracy": (logits.argmax(1) == labels).sum()}

    def before_update(self, moment: Moment) -> None:
        """Leave the gradients as they are."""

    def after_update(self, moment: Moment) -> None:  # noqa: ARG002 - a step's signature
        """Update the moving average of the weights."""
        if self._average:
            self._average.update()

    def averaged(self) -> AbstractContextManager[None]:
        """Give the network the averaged weights inside the block, if there is an average."""
        return self._average.applied() if self._average else nullcontext()

    def use_average(self) -> None:
        """Give the network the averaged weights permanently, if there is an average."""
        if self._average:
            self._average.apply()

    def _labels_of(self, positions: torch.Tensor) -> torch.Tensor:
        return self._labels[positions.to(self._labels.device, non_blocking=True)]

    def _pixels(self, positions: torch.Tensor, drawn: torch.Tensor | None) -> torch.Tensor:
        images = self._source(positions)
        if self._augment and drawn is not None:
            images = self._augment.apply(images, drawn)
        with torch.no_grad():
            return self._network.normalise(images)

    def _cross_entropy(self, logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return functional.cross_entropy(
            logits, labels, weight=self._weights, label_smoothing=self._smoothing, reduction="sum"
        )


def _draw_mix(items: int, alpha: float, generator: torch.Generator) -> tuple[float, torch.Tensor]:
    """Draw the weight of each item's own pixels, and the (items,) positions of the partners in the batch."""
    # torch's beta distribution takes no generator.
    own_weight = float(np.random.default_rng(generator.initial_seed()).beta(alpha, alpha))
    return own_weight, torch.randperm(items, generator=generator, device=generator.device).cpu()


def balanced_class_weights(labels: NDArray[np.int64]) -> torch.Tensor:
    """Return (K,) float32 weights, inverse to the counts of the classes, with mean 1 over the items.

    Args:
        labels: (N,) classes; each of 0 to K - 1 is among them, with K - 1 the largest.
    """
    counts = np.bincount(labels)
    return torch.from_numpy(len(labels) / (len(counts) * counts)).float()
