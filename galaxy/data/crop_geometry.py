"""Random crops of a batch of images by one grid sampling; each has its own place, size, shape, rotation and mirroring.

B is the number of images; s is the width and height of an image in pixels, and S that of a crop.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class CropRange:
    """The ranges from which crops are drawn.

    Attributes:
        size: Width and height of a crop in pixels, S.
        scale: Smallest and largest area of a crop, as shares of the image's.
        aspect: Largest ratio of width to height, at least 1; the smallest is its inverse.
        rotate: Whether crops are turned by an angle uniform over the circle.
        flip: Whether half of them are mirrored, left to right.
        max_offset: Largest distance of the crop's centre from the image's centre, in units of half the crop's sides:
            with 1 the image's centre is at worst on the crop's edge. None lets the crop lie anywhere within the image.
    """

    size: int
    scale: tuple[float, float]
    aspect: float
    rotate: bool
    flip: bool
    max_offset: float | None


def draw_crops(count: int, wanted: CropRange, generator: torch.Generator) -> Tensor:
    """Draw random crops as affine maps from a crop's coordinates to the image's; both range from -1 to 1.

    Area and logarithm of the aspect are uniform, as in torchvision's RandomResizedCrop; sides that would exceed the
    image's are cut to it, where torchvision draws again.

    Args:
        count: Number of crops.
        wanted: The ranges from which they are drawn.
        generator: Source of randomness; the maps are on its device.

    Returns:
        (count, 2, 3) maps.
    """
    device = generator.device

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, generator=generator, device=device)

    area = uniform(*wanted.scale)
    aspect = uniform(-math.log(wanted.aspect), math.log(wanted.aspect)).exp()
    width, height = (area * aspect).sqrt().clamp(max=1), (area / aspect).sqrt().clamp(max=1)
    reach_x, reach_y = 1 - width, 1 - height
    if wanted.max_offset is not None:
        reach_x = torch.minimum(reach_x, wanted.max_offset * width)
        reach_y = torch.minimum(reach_y, wanted.max_offset * height)
    x, y = uniform(-1, 1) * reach_x, uniform(-1, 1) * reach_y
    angle = uniform(0, 2 * math.pi) if wanted.rotate else torch.zeros(count, device=device)
    mirror = torch.where(uniform(0, 1) < 0.5, -1.0, 1.0) if wanted.flip else torch.ones(count, device=device)
    cosine, sine = angle.cos(), angle.sin()
    # The offset rotates with the crop, so that the galaxy stays as near the crop's centre as `max_offset` demands.
    rows = [
        torch.stack([cosine * width * mirror, -sine * height, cosine * x - sine * y], dim=1),
        torch.stack([sine * width * mirror, cosine * height, sine * x + cosine * y], dim=1),
    ]
    return torch.stack(rows, dim=1)


def cut_crops(images: Tensor, maps: Tensor, wanted: CropRange, *, count: int = 1) -> Tensor:
    """Cut crops from each image of a batch.

    The crops of an image are consecutive. Sampling is bilinear; a crop that is more than S pixels wide is sampled
    several times per pixel and averaged, so that no light is skipped. Rotated crops may reach beyond the image's edge,
    where the image is continued by reflection.

    Args:
        images: (B, 3, s, s) floats.
        maps: (B * count, 2, 3) maps from `draw_crops`.
        wanted: The ranges from which the crops were drawn.
        count: Number of crops of each image.

    Returns:
        (B * count, 3, S, S) crops.
    """
    if not len(images):  # a process may have no image of a small last batch
        return images.new_empty(0, 3, wanted.size, wanted.size)
    side = images.shape[-1]
    # Samples of the largest crop are at most 1.25 pixels of the image apart.
    fold = max(1, math.ceil(side * math.sqrt(wanted.scale[1]) / wanted.size - 0.25))
    grid = functional.affine_grid(maps, [len(maps), 3, wanted.size * fold, wanted.size * fold], align_corners=False)
    grid = grid.reshape(len(images), count * wanted.size * fold, wanted.size * fold, 2)  # an image's crops in a column
    crops = functional.grid_sample(images, grid, mode="bilinear", padding_mode="reflection", align_corners=False)
    crops = functional.avg_pool2d(crops, fold) if fold > 1 else crops
    crops = crops.reshape(len(images), 3, count, wanted.size, wanted.size)
    return crops.transpose(1, 2).flatten(0, 1)
