"""Convolutions that are equivariant under the eight flips and quarter turns of the square.

They are those of Cohen and Welling (2016, Group Equivariant Convolutional Networks) for the group D4, which consists of
the four rotations by quarter turns, each with and without a reflection before it. A feature map has 8 C channels for C
fields, one for each field and element of the group: channel 8 c + g is field c for the element g. If an image is
transformed by an element, the maps are transformed in the same way and the eight channels of each field are permuted.

In the shapes, B is the number of images, C of fields, and H and W are the height and width in pixels.
"""

import math
from functools import lru_cache

import torch
from torch import nn
from torch.nn import functional

ELEMENTS = 8


def move(images: torch.Tensor, element: int) -> torch.Tensor:
    """Apply one element of D4 to the last two dimensions.

    Args:
        images: (..., S, S) tensor of any type.
        element: 0 to 7: `element % 4` quarter turns counterclockwise, for 4 to 7 after a flip from left to right.

    Returns:
        (..., S, S), the moved images.
    """
    if element >= 4:
        images = images.flip(-1)
    return torch.rot90(images, element % 4, (-2, -1))


def product(first: int, second: int) -> int:
    """Return the element that is equal to `second` followed by `first`."""
    turns = first % 4 + (second % 4 if first < 4 else -(second % 4))
    return turns % 4 + 4 * ((first >= 4) != (second >= 4))


def inverse(element: int) -> int:
    """Return the inverse of `element`."""
    return next(other for other in range(ELEMENTS) if product(element, other) == 0)


@lru_cache
def _places(kernel: int, *, lifting: bool) -> torch.Tensor:
    """Return, for each output element, the positions of the moved filter's weights in the learned filter.

    Returns:
        (8, kernel^2) int64 for the first convolution of a network, else (8, 8 * kernel^2).
    """
    places = torch.arange(kernel * kernel).view(kernel, kernel)
    rows = []
    for out in range(ELEMENTS):
        moved = move(places, out).reshape(-1)
        if lifting:
            rows.append(moved)
        else:
            rows.append(torch.cat([product(inverse(out), into) * kernel * kernel + moved for into in range(ELEMENTS)]))
    return torch.stack(rows)


class GroupConvolution(nn.Module):
    """A convolution from fields, or from the channels of an image, to fields; it has one bias per field.

    Args:
        inputs: Number of fields of the input, or of its channels if `lifting`.
        fields: Number of fields of the output, each of eight channels.
        kernel: Width and height of the filters in pixels.
        padding: Number of zeros around the input.
        lifting: Whether the input is an image, whose channels do not depend on the orientation.

    Shape:
        Input (B, inputs, H, W) when `lifting`, else (B, 8 inputs, H, W); output (B, 8 fields, H', W').
    """

    def __init__(self, inputs: int, fields: int, kernel: int, *, padding: int = 0, lifting: bool = False) -> None:
        super().__init__()
        self.padding = padding
        self.lifting = lifting
        self.kernel = kernel
        orientations = 1 if lifting else ELEMENTS
        self.weight = nn.Parameter(torch.empty(fields, inputs, orientations * kernel * kernel))
        self.bias = nn.Parameter(torch.empty(fields))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the weights as in He et al. (2015), scaled with the fan-in, and set the biases to 0."""
        nn.init.normal_(self.weight, std=math.sqrt(2 / self.weight[0].numel()))
        nn.init.zeros_(self.bias)

    def filters(self) -> torch.Tensor:
        """Return the filters of the equivalent ordinary convolution.

        Returns:
            (8 fields, inputs, kernel, kernel) when `lifting`, else (8 fields, 8 inputs, kernel, kernel).
        """
        fields = len(self.weight)
        places = _places(self.kernel, lifting=self.lifting).to(self.weight.device)
        moved = self.weight[:, :, places]  # (fields, inputs, 8, orientations * kernel^2)
        return moved.transpose(1, 2).reshape(fields * ELEMENTS, -1, self.kernel, self.kernel)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return the convolved maps."""
        bias = self.bias.repeat_interleave(ELEMENTS)
        return functional.conv2d(maps, self.filters(), bias, padding=self.padding)


class FieldNormalisation(nn.Module):
    """Batch normalisation with one mean and variance for the eight channels of a field.

    Args:
        fields: Number of fields, C.

    Shape:
        Input and output (B, 8 C, H, W).
    """

    def __init__(self, fields: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(fields)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return the normalised maps."""
        count, channels, height, width = maps.shape
        together = maps.reshape(count, channels // ELEMENTS, ELEMENTS * height, width)
        normalised: torch.Tensor = self.norm(together)
        return normalised.reshape(count, channels, height, width)


class OrientationPool(nn.Module):
    """The mean over the eight orientations and all pixels, which is invariant under the motions of the image.

    Shape:
        Input (B, 8 C, H, W); output (B, C).
    """

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        """Return the averaged fields."""
        count, channels = maps.shape[:2]
        return maps.reshape(count, channels // ELEMENTS, -1).mean(dim=2)
