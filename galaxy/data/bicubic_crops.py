"""Random crops as torchvision's RandomResizedCrop draws and resamples them, for a whole batch at once.

B is the number of images; s is the width and height of an image in pixels, and S that of a crop.
"""

import math

import torch
from torch import Tensor

_TRIES = 10  # as in torchvision
_A = -0.5  # parameter of Keys' cubic kernel, as in PIL and in torch's antialiased resampling


def draw_boxes(
    count: int, *, side: int, scale: tuple[float, float], aspect: float, generator: torch.Generator
) -> Tensor:
    """Draw crops of whole pixels.

    Area and logarithm of the aspect ratio are uniform; of ten draws the first that fits into the image is taken, and
    the whole image where none does.

    Args:
        count: Number of crops to draw, B.
        side: Width and height of the images in pixels, s.
        scale: Smallest and largest area, as shares of the image's.
        aspect: Largest ratio of width to height; the smallest is its inverse.
        generator: Source of randomness; the crops are on its device.

    Returns:
        (B, 4) float32: left edge, upper edge, width and height in pixels.
    """

    def uniform(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(count, *shape, generator=generator, device=generator.device)

    area = side * side * uniform(*scale, _TRIES)
    ratio = uniform(-math.log(aspect), math.log(aspect), _TRIES).exp()
    width, height = (area * ratio).sqrt().round(), (area / ratio).sqrt().round()
    fits = (width >= 1) & (width <= side) & (height >= 1) & (height <= side)
    first = fits.float().argmax(dim=1, keepdim=True)
    some = fits.any(dim=1)
    width, height = (torch.where(some, edge.gather(1, first)[:, 0], float(side)) for edge in (width, height))
    left, top = (((side - edge + 1) * uniform(0, 1)).floor().clamp(max=side - edge) for edge in (width, height))
    return torch.stack([left, top, width, height], dim=1)


def cut_boxes(images: Tensor, boxes: Tensor, mirror: Tensor, *, size: int, count: int = 1) -> Tensor:
    """Resample crops with an antialiased bicubic kernel, as PIL does, clipped to [0, 1] and not rounded to 8 bits.

    Args:
        images: (B, 3, s, s) floats in [0, 1].
        boxes: (B * count, 4) boxes from `draw_boxes`; those of one image are consecutive.
        mirror: (B * count,) bool, whether a crop is mirrored left to right.
        size: Width and height of the crops in pixels, S.
        count: Number of crops of each image.

    Returns:
        (B * count, 3, S, S) crops.
    """
    side = images.shape[-1]
    across = _weights(boxes[:, 0], boxes[:, 2], side=side, size=size)
    across = torch.where(mirror.view(-1, 1, 1), across.flip(1), across)
    down = _weights(boxes[:, 1], boxes[:, 3], side=side, size=size)
    lines = down.reshape(len(images), 1, count * size, side) @ images  # the crops of an image follow each other
    lines = lines.reshape(len(images), 3, count, size, side).transpose(1, 2).flatten(0, 1)
    resampled: Tensor = lines @ across.unsqueeze(1).transpose(-2, -1)
    return resampled.clamp(0, 1)


def _weights(start: Tensor, length: Tensor, *, side: int, size: int) -> Tensor:
    """Return the (B, S, s) share of each pixel of an image's line in each pixel of the crop's line; rows sum to one."""
    start, length = start.view(-1, 1, 1), length.view(-1, 1, 1)
    stretch = length / size
    centre = (torch.arange(size, device=start.device).view(1, -1, 1) + 0.5) * stretch
    pixel = torch.arange(side, device=start.device).view(1, 1, -1) - start
    # The kernel is as wide as a pixel of the crop, so that it averages, but never narrower than a pixel of the image.
    x = ((pixel + 0.5 - centre) / stretch.clamp(min=1)).abs()
    near = ((_A + 2) * x - (_A + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * _A - 4 * _A
    weight = torch.where(x < 1, near, torch.where(x < 2, far, torch.zeros_like(x)))
    weight = torch.where((pixel >= 0) & (pixel < length), weight, torch.zeros_like(weight))
    return weight / weight.sum(dim=2, keepdim=True)
