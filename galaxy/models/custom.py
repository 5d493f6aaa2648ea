"""The custom network of the report: average pooling first, 32 channels, fewer layers than VGG11."""

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn

from galaxy.errors import InputError
from galaxy.models.classifier import Classifier
from galaxy.models.initialise import Initialisation, initialise

Order = Literal["relu-norm", "norm-relu"]


class CustomClassifier(Classifier):
    """An average pooling, blocks of 3 x 3 convolutions that end in a max-pooling by two, a small head.

    The report gives the principle (section 4.4 and figure A.3): average pooling first, against detector noise and for
    the receptive field, 32 channels throughout, slightly shorter than VGG11, ReLU and BatchNorm after every
    convolution and linear layer. Numbers of layers, pooling factor and head are our choice. With the defaults the
    layers are: average pool 2, conv, pool, conv, pool, 2 x conv, pool, 2 x conv, pool, linear 256, linear K.

    Args:
        classes: K.
        size: S, width and height of the images in pixels, at least `pool` times 2 to the number of blocks.
        mean: Mean per channel of pixels scaled to [0, 1].
        deviation: Standard deviation per channel, in the same units.
        pool: Width of the windows of the first average pooling; 1 omits it.
        channels: Channels of every convolution.
        blocks: Number of convolutions in each block; a max-pooling by two follows each block.
        head: Widths of the hidden linear layers.
        order: `relu-norm` as the report writes it, or `norm-relu` as most networks have it.
        dropout: Share of the head's inputs that are zeroed in training.
        init: How weights are drawn.
        variance: Variance of the weights when `init` is "normal".

    Raises:
        InputError: If the network cannot take this size.
    """

    network: nn.Sequential

    def __init__(
        self,
        *,
        classes: int,
        size: int,
        mean: Sequence[float],
        deviation: Sequence[float],
        pool: int = 2,
        channels: int = 32,
        blocks: Sequence[int] = (1, 1, 2, 2),
        head: Sequence[int] = (256,),
        order: Order = "relu-norm",
        dropout: float = 0.0,
        init: Initialisation = "kaiming",
        variance: float = 1e-2,
    ) -> None:
        smallest = pool * 2 ** len(blocks)
        if size < smallest:
            raise InputError(
                f"the custom network pools by {pool} and then {len(blocks)} times by two and cannot take "
                f"images of {size} px; give images of {smallest} px or more, or fewer blocks"
            )
        layers: list[nn.Module] = [nn.AvgPool2d(pool)] if pool > 1 else []
        width, side = 3, size // pool
        for count in blocks:
            for _ in range(count):
                layers += [nn.Conv2d(width, channels, 3, padding=1), *_activation(nn.BatchNorm2d(channels), order)]
                width = channels
            layers.append(nn.MaxPool2d(2))
            side //= 2
        layers.append(nn.Flatten())
        width *= side * side
        for hidden in head:
            layers += [nn.Dropout(dropout)] if dropout else []
            layers += [nn.Linear(width, hidden), *_activation(nn.BatchNorm1d(hidden), order)]
            width = hidden
        super().__init__(nn.Sequential(*layers, nn.Linear(width, classes)), mean=mean, deviation=deviation)
        self._init: tuple[Initialisation, float] = (init, variance)
        self.reinitialise()

    def frozen_modules(self) -> Sequence[nn.Module]:
        """None: everything learns."""
        return []

    def frozen_part(self, pixels: torch.Tensor) -> torch.Tensor:
        """The pixels themselves."""
        return pixels

    def learning_part(self, features: torch.Tensor) -> torch.Tensor:
        """(B, K) logits of normalised pixels."""
        logits: torch.Tensor = self.network(features)
        return logits

    def is_replaced(self, name: str) -> bool:
        """The last linear layer, whose width is the number of classes."""
        return name.split(".")[0] == str(len(self.network) - 1)

    def reinitialise(self) -> None:
        """Draw all weights, or the last layer when a checkpoint gave the others."""
        layers = list(self.network.children())
        initialise(layers[-1:] if self.loaded else layers, self._init[0], variance=self._init[1])


def _activation(norm: nn.Module, order: Order) -> list[nn.Module]:
    return [nn.ReLU(inplace=True), norm] if order == "relu-norm" else [norm, nn.ReLU(inplace=True)]
