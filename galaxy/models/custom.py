"""The custom network of the report, which begins with average pooling and has fewer layers than VGG11."""

from collections.abc import Sequence
from typing import Literal

from torch import nn

from galaxy.errors import InputError
from galaxy.models.initialise import Initialisation, initialise
from galaxy.models.sequential_classifier import SequentialClassifier

Order = Literal["relu-norm", "norm-relu"]


class CustomClassifier(SequentialClassifier):
    """A network of average pooling, blocks of 3 x 3 convolutions with max-pooling by two, and a small head.

    The report describes its principle (section 4.4 and figure A.3): average pooling first, which reduces detector
    noise and enlarges the receptive field, 32 channels in all layers, slightly fewer layers than VGG11, ReLU and
    BatchNorm after every convolution and linear layer. Numbers of layers, pooling factor and head are our choice. With
    the defaults the layers are: average pool 2, conv, pool, conv, pool, 2 x conv, pool, 2 x conv, pool, linear 256,
    linear K.

    Args:
        classes: Number of classes, K.
        size: S, width and height of the images in pixels; at least `pool` * 2^b with b the number of blocks.
        mean: Mean per channel of pixels scaled to [0, 1].
        std: Standard deviation per channel, in the same units.
        pool: Width of the windows of the first average pooling; 1 omits it.
        channels: Channels of every convolution.
        blocks: Number of convolutions in each block; a max-pooling by two follows each block.
        head: Widths of the hidden linear layers.
        order: `relu-norm` as the report writes it, or `norm-relu` as most networks have it.
        dropout: Share of the head's inputs that are zeroed in training.
        init: Distribution of the initial weights.
        variance: Variance of the weights when `init` is "normal".

    Raises:
        InputError: If the images are too small for the network.

    Example:
        >>> import torch
        >>> network = CustomClassifier(classes=10, size=64, mean=(0.1, 0.1, 0.1), std=(0.2, 0.2, 0.2))
        >>> network(torch.zeros(2, 64, 64, 3, dtype=torch.uint8)).shape
        torch.Size([2, 10])
    """

    def __init__(
        self,
        *,
        classes: int,
        size: int,
        mean: Sequence[float],
        std: Sequence[float],
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
        super().__init__(nn.Sequential(*layers, nn.Linear(width, classes)), mean=mean, std=std)
        self._init: tuple[Initialisation, float] = (init, variance)
        self.reinitialise()

    def reinitialise(self) -> None:
        """Draw all weights, or those of the last layer when a checkpoint gave the others."""
        initialise(self.drawn_layers(), self._init[0], variance=self._init[1])


def _activation(norm: nn.Module, order: Order) -> list[nn.Module]:
    return [nn.ReLU(inplace=True), norm] if order == "relu-norm" else [norm, nn.ReLU(inplace=True)]
