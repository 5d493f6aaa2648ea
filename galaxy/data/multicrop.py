"""DINO's multi-crop, made on the device for a whole batch at once.

Caron et al. 2020, arXiv:2006.09882, introduced it for SwAV; Caron et al. 2021, arXiv:2104.14294, use it for DINO.

B is the number of galaxies in the global batch, V the number of views, and s the width and height of a stored image.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from galaxy.data.bicubic_crops import cut_boxes, draw_boxes
from galaxy.data.crop_geometry import CropRange, cut_crops, draw_crops
from galaxy.data.crop_recipes import RECIPES, Light
from galaxy.data.photometric import blur, choose, grey, jitter, relight, solarise
from galaxy.errors import InputError

SAMPLINGS = ("averaged", "torchvision")
JITTER_ORDERS = ("fixed", "random")
_REFERENCE_SIZES = (224, 224, 96)  # pixels of DINO's two global and its local views, to which `Recipe.sigma` belongs


class MultiCrop:
    """Makes two global views and a number of local views of each image.

    Args:
        augmentation: A name in `RECIPES`.
        global_size: Width and height of the global views in pixels.
        global_scale: Smallest and largest area of the global views, as shares of the image's area.
        local_count: Number of local views.
        local_size: Width and height of the local views in pixels.
        local_scale: Smallest and largest area of the local views, as shares of the image's area.
        sampling: `averaged` averages several bilinear samples per pixel and allows rotations; `torchvision` draws and
            resamples crops like its RandomResizedCrop with antialiased bicubic interpolation.
        jitter_order: `fixed` changes brightness, contrast, saturation and hue in this order; `random` draws the order
            for each image, as torchvision's ColorJitter does.

    Raises:
        InputError: If the recipe, sampling or order is unknown, a scale is outside (0, 1], or `torchvision` is asked
            to rotate.

    Example:
        >>> views = {"global_size": 32, "global_scale": (0.4, 1.0), "local_size": 16, "local_scale": (0.15, 0.5)}
        >>> crops = MultiCrop("galaxy", **views, local_count=4)
        >>> len(crops)
        6
    """

    def __init__(
        self,
        augmentation: str,
        *,
        global_size: int,
        global_scale: tuple[float, float],
        local_count: int,
        local_size: int,
        local_scale: tuple[float, float],
        sampling: str = "averaged",
        jitter_order: str = "fixed",
    ) -> None:
        if augmentation not in RECIPES:
            raise InputError(f"unknown augmentation {augmentation!r}; allowed are {', '.join(RECIPES)}")
        for low, high in (global_scale, local_scale):
            if not 0 < low <= high <= 1:
                raise InputError(
                    f"a crop's scale is {low} to {high}; give two shares of the area in (0, 1], the smaller first"
                )
        for name, value, allowed in (("sampling", sampling, SAMPLINGS), ("jitter_order", jitter_order, JITTER_ORDERS)):
            if value not in allowed:
                raise InputError(f"{name} is {value!r}; allowed are {', '.join(allowed)}")
        self.recipe = RECIPES[augmentation]
        if sampling == "torchvision" and (self.recipe.rotate or self.recipe.max_offset is not None):
            raise InputError(
                f"sampling torchvision neither rotates crops nor keeps the galaxy in view, as the augmentation "
                f"{augmentation} does; take the augmentation reference, or sampling averaged"
            )
        self._sampling, self._jitter_order = sampling, jitter_order
        whole = CropRange(
            size=global_size,
            scale=global_scale,
            aspect=self.recipe.aspect,
            rotate=self.recipe.rotate,
            flip=True,
            max_offset=self.recipe.max_offset,
        )
        # Range, kind and number of views that are made as one batch: many small operations would keep a GPU waiting.
        self._views = [(whole, 0, 1), (whole, 1, 1)]
        if local_count:
            self._views.append((replace(whole, size=local_size, scale=local_scale), 2, local_count))

    def __len__(self) -> int:
        """Return the number of views of an image, V."""
        return sum(count for _, _, count in self._views)

    def __call__(
        self, images: Tensor, *, items: int, generator: torch.Generator, share: Callable[[Tensor], Tensor]
    ) -> Sequence[Tensor]:
        """Make the views of this process's images.

        Args:
            images: (b, s, s, 3) uint8, this process's share of the global batch, on the generator's device.
            items: Number of images in the global batch, B. Random numbers are drawn for all of them, so that results
                do not depend on the number of processes.
            generator: The only source of randomness.
            share: Returns this process's rows of a tensor with B rows.

        Returns:
            V tensors (b, 3, S, S) of floats, in [0, 1] unless the recipe replaces the light.
        """
        pixels = images.permute(0, 3, 1, 2).float() / 255
        views: list[Tensor] = []
        for wanted, kind, count in self._views:

            def take(rows: Tensor, count: int = count) -> Tensor:  # (B * count, ...) to (b * count, ...)
                return share(rows.reshape(items, count, *rows.shape[1:])).flatten(0, 1)

            drawn = items * count
            view = self._cut(pixels, wanted, drawn, generator, take, count)
            draws = take(torch.rand(drawn, 9, generator=generator, device=generator.device))
            order = None
            if self._jitter_order == "random":
                order = take(torch.rand(drawn, 4, generator=generator, device=generator.device).argsort(dim=1))
            sigma_scale = wanted.size / _REFERENCE_SIZES[kind]
            changed = self._change(view, draws, order, kind, sigma_scale)
            if self.recipe.light:
                light = take(torch.rand(drawn, 8, generator=generator, device=generator.device))
                changed = _relight(changed, light, self.recipe.light)
            views += changed.reshape(len(images), count, *changed.shape[1:]).unbind(dim=1)
        return views

    def _cut(
        self,
        pixels: Tensor,
        wanted: CropRange,
        drawn: int,
        generator: torch.Generator,
        take: Callable[[Tensor], Tensor],
        count: int,
    ) -> Tensor:
        if self._sampling == "averaged":
            return cut_crops(pixels, take(draw_crops(drawn, wanted, generator)), wanted, count=count)
        side = pixels.shape[-1]
        boxes = draw_boxes(drawn, side=side, scale=wanted.scale, aspect=wanted.aspect, generator=generator)
        mirror = torch.rand(drawn, generator=generator, device=generator.device) < 0.5
        return cut_boxes(pixels, take(boxes), take(mirror), size=wanted.size, count=count)

    def _change(self, view: Tensor, draws: Tensor, order: Tensor | None, kind: int, sigma_scale: float) -> Tensor:
        recipe = self.recipe

        def factor(column: int, strength: float) -> Tensor:
            return 1 + strength * (2 * draws[:, column] - 1)

        jittered = jitter(
            view,
            brightness=factor(0, recipe.brightness),
            contrast=factor(1, recipe.contrast),
            saturation=factor(2, recipe.saturation),
            hue=factor(3, recipe.hue) - 1 if recipe.hue else None,
            order=order,
        )
        view = choose(view, jittered, draws[:, 4] < recipe.jitter)
        view = choose(view, grey(view), draws[:, 5] < recipe.grey)
        sigma = (recipe.sigma[0] + (recipe.sigma[1] - recipe.sigma[0]) * draws[:, 6]) * sigma_scale
        sigma = torch.where(draws[:, 7] < recipe.blur[kind], sigma, torch.zeros_like(sigma))
        view = blur(view, sigma, largest=recipe.sigma[1] * sigma_scale)
        return choose(view, solarise(view), draws[:, 8] < recipe.solarise) if kind == 1 and recipe.solarise else view


def _relight(view: Tensor, draws: Tensor, light: Light) -> Tensor:
    low, high = light.mean
    mean = low + (high - low) * draws[:, :1] + light.mean_by_channel * (2 * draws[:, 1:4] - 1)
    low, high = light.std
    std = low * (high / low) ** draws[:, 4:5] * (1 + light.std_by_channel * (2 * draws[:, 5:8] - 1))
    return relight(view, mean, std)
