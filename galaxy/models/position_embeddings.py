"""Interpolates position embeddings to image sizes other than that of the backbone's weights.

timm interpolates bicubically with antialiasing to the exact grid. DINO's code interpolates bicubically without
antialiasing by a factor of (grid + 0.1) / old grid; the 0.1 avoids rounding errors and shifts the samples slightly.
Both leave the embeddings as they are if the image has the size that the weights were made for.
"""

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor
from torch.nn import functional

from galaxy.errors import InputError
from galaxy.models.dino_backbone import check_size, patch_size

METHODS = ("timm", "reference")


@torch.no_grad()
def fix_positions(model: VisionTransformer, *, size: int, method: str) -> None:
    """Replace the position embeddings of `model` by those for images of `size` x `size` pixels.

    Args:
        model: The transformer, from `create_backbone`; it is changed in place.
        size: Width and height of the images in pixels, a multiple of the patch size.
        method: `timm` or `reference`.

    Raises:
        InputError: If the patches do not tile the image, or the method is unknown.
    """
    check_size(model, size)
    if method not in METHODS:
        raise InputError(f"unknown position interpolation {method!r}; allowed are {', '.join(METHODS)}")
    old, side = model.patch_embed.grid_size[0], size // patch_size(model)
    if model.pos_embed is None:
        raise InputError(
            "the backbone has no position embeddings to interpolate; take one that has, like vit_small_patch16_224.dino"
        )
    native = model.pos_embed.detach().clone()
    model.set_input_size(img_size=(size, size))
    if method == "timm" or side == old:
        return
    model.pos_embed.copy_(reference_positions(native, old=old, side=side))


def reference_positions(native: Tensor, *, old: int, side: int) -> Tensor:
    """Interpolate position embeddings (1, T, W) of `old` x `old` patches to `side` x `side` as DINO's code does.

    Raises:
        InputError: If the reference's rounding does not give `side` x `side` patches.
    """
    if side == old:
        return native
    prefix = native.shape[1] - old * old
    grid = native[:, prefix:].reshape(1, old, old, -1).permute(0, 3, 1, 2)
    factor = (side + 0.1) / old
    grid = functional.interpolate(grid, scale_factor=(factor, factor), mode="bicubic")
    if grid.shape[-2:] != (side, side):
        raise InputError(
            f"the reference's interpolation gives {tuple(grid.shape[-2:])} patches instead of {side} x {side}; take "
            "the method timm"
        )
    return torch.cat([native[:, :prefix], grid.permute(0, 2, 3, 1).reshape(1, side * side, -1)], dim=1)
