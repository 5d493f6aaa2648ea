"""Changes of light and sharpness, drawn image by image and applied to a batch at once.

Images are (B, 3, S, S) floats in [0, 1]. Each function takes the draws of the whole batch as tensors of shape (B,), so
that a batch that is dealt out to several processes is changed as one process would change it.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional

_LUMINANCE = (0.299, 0.587, 0.114)  # of red, green and blue, ITU-R BT.601, as in PIL


def grey(images: Tensor) -> Tensor:
    """Luminance in all three channels."""
    weight = images.new_tensor(_LUMINANCE).view(1, 3, 1, 1)
    return (images * weight).sum(dim=1, keepdim=True).expand_as(images)


def jitter(images: Tensor, *, brightness: Tensor, contrast: Tensor, saturation: Tensor, hue: Tensor | None) -> Tensor:
    """Colour jitter in torchvision's sense, always in this order (torchvision draws the order too).

    Args:
        images: The batch.
        brightness: Factor.
        contrast: Factor on the difference from the image's mean luminance.
        saturation: Factor on the difference from the luminance.
        hue: Shift in turns, -0.5 to 0.5; None leaves it.
    """
    b, c, s = (draw.view(-1, 1, 1, 1) for draw in (brightness, contrast, saturation))
    images = (images * b).clamp(0, 1)
    mean = grey(images).mean(dim=(1, 2, 3), keepdim=True)
    images = (mean + (images - mean) * c).clamp(0, 1)
    luminance = grey(images)
    images = (luminance + (images - luminance) * s).clamp(0, 1)
    return images if hue is None else _shift_hue(images, hue)


def blur(images: Tensor, sigma: Tensor, *, largest: float) -> Tensor:
    """Gaussian blur of deviation `sigma` pixels, zero to `largest`; zero leaves an image as it is.

    The kernel reaches three times `largest`, whatever the batch's own `sigma` are.
    """
    if not len(images):
        return images
    radius = max(1, min(images.shape[-1] - 1, math.ceil(3 * largest)))
    offset = torch.arange(-radius, radius + 1, device=images.device, dtype=images.dtype)
    kernel = torch.exp(-0.5 * (offset / sigma.clamp(min=1e-3).view(-1, 1)) ** 2)
    kernel = (kernel / kernel.sum(dim=1, keepdim=True)).repeat_interleave(3, dim=0)
    batch, _, height, width = images.shape
    x = functional.pad(images.reshape(1, batch * 3, height, width), [radius] * 4, mode="reflect")
    x = functional.conv2d(x, kernel.view(-1, 1, 1, 2 * radius + 1), groups=batch * 3)
    x = functional.conv2d(x, kernel.view(-1, 1, 2 * radius + 1, 1), groups=batch * 3)
    return x.reshape(batch, 3, height, width)


def solarise(images: Tensor) -> Tensor:
    """Invert what is brighter than one half."""
    return torch.where(images >= 0.5, 1 - images, images)


def choose(images: Tensor, changed: Tensor, wanted: Tensor) -> Tensor:
    """`changed` where `wanted` (B,) is true, `images` elsewhere."""
    return torch.where(wanted.view(-1, 1, 1, 1), changed, images)


def _shift_hue(images: Tensor, turns: Tensor) -> Tensor:
    # Hue, saturation and value as in colorsys, for whole tensors.
    value, brightest = images.max(dim=1)
    chroma = value - images.min(dim=1).values
    red, green, blue = images.unbind(dim=1)
    safe = torch.where(chroma > 0, chroma, torch.ones_like(chroma))
    candidates = torch.stack([(green - blue) / safe, (blue - red) / safe + 2, (red - green) / safe + 4], dim=1)
    hue = candidates.gather(1, brightest.unsqueeze(1)).squeeze(1) / 6 + turns.view(-1, 1, 1)
    # Each channel is a trapezoid over the circle of hues, a third of a turn after the one before.
    channels = []
    for start in (5.0, 3.0, 1.0):
        k = (start + hue * 6) % 6
        channels.append(value - chroma * torch.minimum(k, 4 - k).clamp(0, 1))
    return torch.stack(channels, dim=1)
