"""VGG networks (Simonyan and Zisserman 2015) from torchvision, with a choice of widths, head and frozen layers."""

import itertools
from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import nn
from torchvision.models.vgg import VGG, cfgs, make_layers

from galaxy.errors import InputError
from galaxy.models.classifier import Classifier
from galaxy.models.grid_pool import grid_pool
from galaxy.models.initialise import Initialisation, initialise

_CONFIGURATIONS = {11: "A", 13: "B", 16: "D", 19: "E"}
_SMALLEST = 32  # five max-poolings by two

Depth = Literal[11, 13, 16, 19]


class VGGClassifier(Classifier):
    """torchvision's VGG for S x S images and K classes.

    VGG11 with C channels throughout has the layers conv C, pool, conv C, pool, 2 x conv C, pool, 2 x conv C, pool,
    2 x conv C, pool, average to grid x grid, linear of each width in `head`, linear K. Convolutions are 3 x 3 with
    padding 1 and biases. ReLU follows each convolution; ReLU and dropout follow each hidden linear layer.

    Args:
        classes: Number of classes, K.
        size: S, width and height of the images in pixels, at least 32.
        mean: Mean per channel of pixels scaled to [0, 1].
        std: Standard deviation per channel, in the same units.
        depth: 11, 13, 16 or 19, the number of layers with weights in torchvision's VGG, three of them in its head.
        channels: Number of channels of all convolutions, 32 in the report's network from scratch; None takes VGG's 64
            to 512.
        batch_norm: Whether each convolution is followed by batch normalisation, before the ReLU.
        grid: Width and height of the map that is the input of the head; 7 in torchvision.
        head: Widths of the hidden linear layers; 4096 and 4096 in torchvision.
        dropout: Share of hidden units of the head that are zeroed in training; 0.5 in torchvision.
        freeze: Number of the first convolutions that are frozen, with all layers up to the next convolution.
        reinit: Number of the last convolutions that, like the head, are initialised at random although the checkpoint
            has them.
        init: Distribution of the weights that come from no checkpoint.
        variance: Variance of the weights when `init` is "normal".

    Raises:
        InputError: If the network cannot take this size, or has fewer convolutions than `freeze` and `reinit` name.

    Example:
        >>> pixels = {"mean": (0.1, 0.1, 0.1), "std": (0.2, 0.2, 0.2)}
        >>> network = VGGClassifier(classes=10, size=64, **pixels, channels=32, grid=2, head=[128])
        >>> network(torch.zeros(2, 64, 64, 3, dtype=torch.uint8)).shape
        torch.Size([2, 10])
    """

    network: VGG

    def __init__(
        self,
        *,
        classes: int,
        size: int,
        mean: Sequence[float],
        std: Sequence[float],
        depth: Depth = 11,
        channels: int | None = None,
        batch_norm: bool = False,
        grid: int = 7,
        head: Sequence[int] = (4096, 4096),
        dropout: float = 0.5,
        freeze: int = 0,
        reinit: int = 0,
        init: Initialisation = "kaiming",
        variance: float = 1e-2,
    ) -> None:
        if size < _SMALLEST:
            raise InputError(
                f"VGG halves its input five times and cannot take images of {size} px; "
                f"give images of {_SMALLEST} px or more"
            )
        layout = cfgs[_CONFIGURATIONS[depth]]
        widths = [c if c == "M" or channels is None else channels for c in layout]
        convolutions = sum(c != "M" for c in widths)
        if freeze + reinit > convolutions:
            raise InputError(
                f"freeze {freeze} and reinit {reinit} name more than the {convolutions} convolutions of VGG{depth}; "
                "give fewer"
            )
        features = make_layers(widths, batch_norm=batch_norm)
        last = [int(c) for c in widths if c != "M"][-1]
        with torch.device("meta"):  # VGG's own head of 120 million weights is not allocated, because it is replaced
            network = VGG(features, num_classes=classes, init_weights=False)
        network.avgpool = grid_pool(size // 32, grid)
        network.classifier = _head([last * grid * grid, *head], classes, dropout)
        super().__init__(network, mean=mean, std=std)
        starts = [i for i, layer in enumerate(features) if isinstance(layer, nn.Conv2d)]
        self._frozen_layers = len(features) if freeze == len(starts) else starts[freeze] if freeze else 0
        self._all_frozen = freeze == len(starts)
        self._reinit_from = starts[-reinit] if reinit else len(features)
        self._init: tuple[Initialisation, float] = (init, variance)
        initialise([network], init, variance=variance)
        self.freeze()

    def frozen_modules(self) -> Sequence[nn.Module]:
        """Return the first `freeze` convolutions with the layers that follow them."""
        return list(self.network.features)[: self._frozen_layers]

    def frozen_part(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return (B, C, side, side) maps, or (B, C * grid * grid) inputs of the head if all convolutions are frozen."""
        for layer in self.frozen_modules():
            pixels = layer(pixels)
        return self._flatten(pixels) if self._all_frozen else pixels

    def learning_part(self, features: torch.Tensor) -> torch.Tensor:
        """Return (B, K) logits."""
        if not self._all_frozen:
            for layer in list(self.network.features)[self._frozen_layers :]:
                features = layer(features)
            features = self._flatten(features)
        logits: torch.Tensor = self.network.classifier(features)
        return logits

    def is_replaced(self, name: str) -> bool:
        """Return whether `name` belongs to the head or to the last `reinit` convolutions."""
        part, _, rest = name.partition(".")
        layer = rest.partition(".")[0]  # of another network it may be a word, such as `conv0`
        return part == "classifier" or (part == "features" and layer.isdecimal() and int(layer) >= self._reinit_from)

    def reinitialise(self) -> None:
        """Draw the head and the last `reinit` convolutions, or all trained layers if no checkpoint has been loaded."""
        first = self._reinit_from if self.loaded else self._frozen_layers
        initialise(list(self.network.features)[first:], self._init[0], variance=self._init[1])
        initialise([self.network.classifier], self._init[0], variance=self._init[1])

    def _flatten(self, maps: torch.Tensor) -> torch.Tensor:
        return torch.flatten(self.network.avgpool(maps), 1)


def _head(widths: Sequence[int], classes: int, dropout: float) -> nn.Sequential:
    layers: list[Any] = []
    for before, after in itertools.pairwise(widths):
        layers += [nn.Linear(before, after), nn.ReLU(inplace=True), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(widths[-1], classes))
