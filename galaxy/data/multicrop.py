"""DINO's multi-crop (Caron et al. 2020, 2021), made on the device for a whole batch at once.

Letters: B galaxies of the global batch, V views, s pixels on a side of a stored image.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from galaxy.data.crop_geometry import CropRange, cut_crops, draw_crops
from galaxy.data.photometric import blur, choose, grey, jitter, solarise
from galaxy.errors import InputError


@dataclass(frozen=True)
class Recipe:
    """What happens to a view. Strengths are torchvision's: a factor is uniform in 1 - x to 1 + x.

    `blur` holds the probability in the first global view, the second, and local views; `solarise` is the probability in
    the second global view. `sigma` is the blur's range in pixels of a 224 px global view or a 96 px local one, and goes
    with the size.
    """

    rotate: bool
    keep: float | None
    aspect: float
    jitter: float
    brightness: float
    contrast: float
    saturation: float
    hue: float
    grey: float
    blur: tuple[float, float, float]
    sigma: tuple[float, float]
    solarise: float


REFERENCE = Recipe(
    rotate=False,
    keep=None,
    aspect=4 / 3,
    jitter=0.8,
    brightness=0.4,
    contrast=0.4,
    saturation=0.2,
    hue=0.1,
    grey=0.2,
    blur=(1.0, 0.1, 0.5),
    sigma=(0.1, 2.0),
    solarise=0.2,
)
"""The released recipe for photographs (https://github.com/facebookresearch/dino, `DataAugmentationDINO`)."""

GALAXY = Recipe(
    rotate=True,
    keep=0.5,
    aspect=1.0,
    jitter=0.8,
    brightness=0.4,
    contrast=0.4,
    saturation=0.2,
    hue=0.0,
    grey=0.2,
    blur=(0.5, 0.5, 0.5),
    sigma=(0.1, 1.0),
    solarise=0.0,
)
"""For galaxies. The sky has no upright, so views turn freely; the axis ratio is what tells an edge-on disc from a round
one, so crops keep it; the galaxy is in the middle, so crops keep the middle. Colour is a measurement, so hue stays and
nothing is inverted; but views that share a colour could be matched by it alone, so brightness varies and some are grey.
"""

RECIPES = {"reference": REFERENCE, "galaxy": GALAXY}


class MultiCrop:
    """Two global views and a number of local ones.

    Args:
        augmentation: A name in `RECIPES`.
        global_size: Pixels on a side of the global views.
        global_scale: Smallest and largest share of the image's area.
        local_count: Number of local views.
        local_size: Pixels on a side.
        local_scale: As `global_scale`.

    Raises:
        InputError: an unknown recipe or a scale outside (0, 1].
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
    ) -> None:
        if augmentation not in RECIPES:
            raise InputError(f"unknown augmentation {augmentation!r}; allowed are {', '.join(RECIPES)}")
        for low, high in (global_scale, local_scale):
            if not 0 < low <= high <= 1:
                raise InputError(f"a crop's scale is {low} to {high}; shares of the area rise within (0, 1]")
        self.recipe = RECIPES[augmentation]
        whole = CropRange(
            size=global_size,
            scale=global_scale,
            aspect=self.recipe.aspect,
            rotate=self.recipe.rotate,
            flip=True,
            keep=self.recipe.keep,
        )
        self._views = [(whole, 0), (whole, 1)]
        self._views += [(replace(whole, size=local_size, scale=local_scale), 2)] * local_count
        self._reference_size = (224, 224, 96)

    def __len__(self) -> int:
        """V."""
        return len(self._views)

    def __call__(
        self, images: Tensor, *, items: int, generator: torch.Generator, share: Callable[[Tensor], Tensor]
    ) -> Sequence[Tensor]:
        """Views of this process's images.

        Args:
            images: (b, s, s, 3) uint8, this process's share of the global batch, on the generator's device.
            items: B; everything is drawn for all of them, so that results do not depend on the number of processes.
            generator: The only source of randomness.
            share: Takes this process's part of something with B rows.

        Returns:
            V tensors (b, 3, S, S) of floats in [0, 1].
        """
        pixels = images.permute(0, 3, 1, 2).float() / 255
        views = []
        for wanted, kind in self._views:
            maps = share(draw_crops(items, wanted, generator))
            draws = share(torch.rand(items, 9, generator=generator, device=generator.device))
            sigma_scale = wanted.size / self._reference_size[kind]
            views.append(self._change(cut_crops(pixels, maps, wanted), draws, kind, sigma_scale))
        return views

    def _change(self, view: Tensor, draws: Tensor, kind: int, sigma_scale: float) -> Tensor:
        recipe = self.recipe

        def factor(column: int, strength: float) -> Tensor:
            return 1 + strength * (2 * draws[:, column] - 1)

        jittered = jitter(
            view,
            brightness=factor(0, recipe.brightness),
            contrast=factor(1, recipe.contrast),
            saturation=factor(2, recipe.saturation),
            hue=factor(3, recipe.hue) - 1 if recipe.hue else None,
        )
        view = choose(view, jittered, draws[:, 4] < recipe.jitter)
        view = choose(view, grey(view), draws[:, 5] < recipe.grey)
        sigma = (recipe.sigma[0] + (recipe.sigma[1] - recipe.sigma[0]) * draws[:, 6]) * sigma_scale
        sigma = torch.where(draws[:, 7] < recipe.blur[kind], sigma, torch.zeros_like(sigma))
        view = blur(view, sigma, largest=recipe.sigma[1] * sigma_scale)
        return choose(view, solarise(view), draws[:, 8] < recipe.solarise) if kind == 1 and recipe.solarise else view
