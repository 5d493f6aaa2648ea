"""Turns batches of stored images into the input of a backbone."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from galaxy.errors import ArgumentError, InputError

RESAMPLING = ("bicubic", "bilinear", "area")


class Preparation:
    """Crops, resamples and normalises (B, s, s, 3) uint8 images to (B, 3, S, S) float32.

    Bicubic and bilinear resampling are antialiased, and their result is clipped to [0, 1] as in uint8 images. `area`
    averages.

    Args:
        size: Width and height of the result in pixels, S.
        crop: Width and height in pixels of the centre crop that is taken first; None takes the whole image.
        resampling: One of `RESAMPLING`.
        mean: Mean per channel of pixels scaled to [0, 1].
        std: Standard deviation per channel, in the same units.

    Raises:
        InputError: If `resampling` is unknown.
    """

    def __init__(
        self, *, size: int, crop: int | None, resampling: str, mean: Sequence[float], std: Sequence[float]
    ) -> None:
        if resampling not in RESAMPLING:
            raise InputError(f"unknown resampling {resampling!r}; allowed are {', '.join(RESAMPLING)}")
        self.size, self.crop, self.resampling = size, crop, resampling
        self.mean = torch.tensor(mean).view(1, 3, 1, 1)
        self.std = torch.tensor(std).view(1, 3, 1, 1)

    def __call__(self, images: Tensor) -> Tensor:
        """Return the prepared images, on the device of `images`.

        Raises:
            ArgumentError: If the crop is larger than the images.
        """
        side = images.shape[1]
        x = images.permute(0, 3, 1, 2).float() / 255
        if self.crop is not None:
            if self.crop > side:
                raise ArgumentError(
                    f"crop is {self.crop}; it must be at most {side}, the width of the stored images in pixels, or null"
                )
            start = (side - self.crop) // 2
            x = x[:, :, start : start + self.crop, start : start + self.crop]
        if x.shape[-1] != self.size:
            if self.resampling == "area":
                x = functional.interpolate(x, size=(self.size, self.size), mode="area")
            else:
                x = functional.interpolate(x, size=(self.size, self.size), mode=self.resampling, antialias=True)
                x = x.clamp(0, 1)
        return ((x - self.mean.to(x.device)) / self.std.to(x.device)).contiguous()
