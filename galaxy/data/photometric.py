"""Random changes of colour and sharpness, with a strength for each image and applied to a batch at once.

Images are (B, 3, S, S) floats in [0, 1]. The functions draw no random numbers: strengths are arguments of shape (B,).
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

_LUMINANCE = (0.299, 0.587, 0.114)  # weights of red, green and blue (ITU-R BT.601), as in PIL


def grey(images: Tensor) -> Tensor:
    """Replace each channel by the luminance."""
    weight = images.new_tensor(_LUMINANCE).view(1, 3, 1, 1)
    return (images * weight).sum(dim=1, keepdim=True).expand_as(images)


def jitter(
    images: Tensor,
    *,
    brightness: Tensor,
    contrast: Tensor,
    saturation: Tensor,
    hue: Tensor | None,
    order: Tensor | None = None,
) -> Tensor:
    """Change colours as torchvision's ColorJitter does.

    Args:
        images: (B, 3, S, S) images.
        brightness: (B,) factors.
        contrast: (B,) factors on the difference from the image's mean luminance.
        saturation: (B,) factors on the difference from each pixel's luminance.
        hue: (B,) shifts in turns, -0.5 to 0.5; None leaves the hue as it is.
        order: (B, 4) permutations of 0 to 3, the changes in the order of these arguments; None takes this order.

    Returns:
        (B, 3, S, S) images.
    """
    b, c, s = (draw.view(-1, 1, 1, 1) for draw in (brightness, contrast, saturation))

    def change_contrast(images: Tensor) -> Tensor:
        mean = grey(images).mean(dim=(1, 2, 3), keepdim=True)
        return (mean + (images - mean) * c).clamp(0, 1)

    def change_saturation(images: Tensor) -> Tensor:
        luminance = grey(images)
        return (luminance + (images - luminance) * s).clamp(0, 1)

    changes: list[Callable[[Tensor], Tensor]] = [
        lambda images: (images * b).clamp(0, 1),
        change_contrast,
        change_saturation,
        lambda images: images if hue is None else _shift_hue(images, hue),
    ]
    if order is None:
        for change in changes:
            images = change(images)
        return images
    for turn in order.unbind(dim=1):
        # Every change is computed for all images, because selecting some of them would wait for the GPU.
        changed = images
        for number, change in enumerate(changes):
            changed = choose(changed, change(images), turn == number)
        images = changed
    return images


def blur(images: Tensor, sigma: Tensor, *, largest: float) -> Tensor:
    """Blur with a Gaussian.

    Args:
        images: (B, 3, S, S) images.
        sigma: (B,) standard deviations in pixels, 0 to `largest`; 0 leaves an image as it is.
        largest: Largest `sigma` that is ever drawn; the kernel reaches to three times this.

    Returns:
        (B, 3, S, S) images.
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


def relight(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """Give each channel of each image another mean and standard deviation over its pixels.

    Args:
        images: (B, 3, S, S) images.
        mean: (B, 3) new means.
        std: (B, 3) new standard deviations. A channel whose own is below 0.02 is not stretched further than one
            with 0.02, because it holds little but noise.

    Returns:
        (B, 3, S, S) images, whose pixels may lie outside [0, 1].
    """
    now = images.mean(dim=(2, 3), keepdim=True)
    spread = (images - now).square().mean(dim=(2, 3), keepdim=True).sqrt().clamp(min=0.02)
    return mean[:, :, None, None] + std[:, :, None, None] * (images - now) / spread


def solarise(images: Tensor) -> Tensor:
    """Invert the pixels that are brighter than one half, as PIL does with a threshold of 128 of 255."""
    return torch.where(images >= 0.5, 1 - images, images)


def choose(images: Tensor, changed: Tensor, wanted: Tensor) -> Tensor:
    """Return `changed` for the images for which `wanted` (B,) is true, and `images` for the others."""
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
