"""A group convolutional network (GCNN), whose predictions do not depend on flips and quarter turns of the image."""

from collections.abc import Sequence

from torch import nn

from galaxy.errors import InputError
from galaxy.models.group_convolution import FieldNormalisation, GroupConvolution, OrientationPool
from galaxy.models.sequential_classifier import SequentialClassifier


class GCNNClassifier(SequentialClassifier):
    """The custom network with group convolutions (Cohen and Welling 2016) in place of its convolutions.

    A galaxy's class does not depend on the orientation of its image. Other networks have to learn this from
    augmented images; this network's logits are the same for the eight flips and quarter turns, within rounding. Depth,
    pooling and the order of ReLU and batch normalisation are those of `CustomClassifier`. With the defaults the layers
    are: average pool 2, conv, pool, conv, pool, 2 x conv, pool, 2 x conv, pool, hidden layer, linear K. The hidden
    layer is a group convolution over the whole remaining map, followed by the mean over the orientations.

    Args:
        classes: Number of classes, K.
        size: S, width and height of the images in pixels; a multiple of `pool` * 2^b with b the number of blocks, so
            that pooling windows coincide when the image is turned.
        mean: Mean per channel of pixels scaled to [0, 1].
        std: Standard deviation per channel, in the same units.
        pool: Width of the windows of the first average pooling; 1 omits it.
        fields: Number of fields of every convolution; a field has eight channels, one for each orientation.
        blocks: Number of convolutions in each block; a max-pooling by two follows each block.
        head: Number of fields of the hidden layer.
        dropout: Share of the last layer's inputs that are zeroed in training.

    Raises:
        InputError: If the size is not a multiple of `pool` * 2^b.

    Example:
        >>> import torch
        >>> network = GCNNClassifier(classes=10, size=64, mean=(0.1, 0.1, 0.1), std=(0.2, 0.2, 0.2))
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
        fields: int = 8,
        blocks: Sequence[int] = (1, 1, 2, 2),
        head: int = 64,
        dropout: float = 0.0,
    ) -> None:
        multiple = pool * 2 ** len(blocks)
        if size % multiple:
            raise InputError(
                f"the equivariant network pools by {pool} and then {len(blocks)} times by two and cannot take images "
                f"of {size} px; give images whose width is a multiple of {multiple} px, or change pool or blocks"
            )
        layers: list[nn.Module] = [nn.AvgPool2d(pool)] if pool > 1 else []
        inputs, lifting = 3, True
        for count in blocks:
            for _ in range(count):
                layers.append(GroupConvolution(inputs, fields, 3, padding=1, lifting=lifting))
                layers += [nn.ReLU(inplace=True), FieldNormalisation(fields)]
                inputs, lifting = fields, False
            layers.append(nn.MaxPool2d(2))
        layers.append(GroupConvolution(inputs, head, size // multiple, lifting=lifting))
        layers += [nn.ReLU(inplace=True), FieldNormalisation(head), OrientationPool()]
        layers += [nn.Dropout(dropout)] if dropout else []
        super().__init__(nn.Sequential(*layers, nn.Linear(head, classes)), mean=mean, std=std)
        self.reinitialise()

    def reinitialise(self) -> None:
        """Draw all weights, or those of the last layer when a checkpoint gave the others."""
        for layer in self.drawn_layers():
            for module in layer.modules():
                if isinstance(module, GroupConvolution | nn.BatchNorm2d):
                    module.reset_parameters()
                elif isinstance(module, nn.Linear):
                    nn.init.normal_(module.weight, std=0.01)
                    nn.init.zeros_(module.bias)
