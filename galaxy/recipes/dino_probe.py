"""Embeds a few galaxies before and after fine-tuning, to measure how much it has changed the features."""

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from timm.models.vision_transformer import VisionTransformer

from galaxy.features.preparation import Preparation
from galaxy.models.dino_backbone import cls_tokens, normalisation
from galaxy.models.position_embeddings import fix_positions

_BLOCKS = 4  # like the report's embedding


@torch.inference_mode()
def probe_embeddings(
    backbone: VisionTransformer, images: NDArray[np.uint8], *, size: int, interpolation: str
) -> NDArray[np.float32]:
    """Embed whole images with a copy of the backbone, so that the backbone itself does not change.

    Args:
        backbone: The transformer, with or without adapters.
        images: (n, s, s, 3) uint8 images, which are resampled to `size`.
        size: Width and height of the backbone's input in pixels.
        interpolation: Interpolation of position embeddings, `timm` or `reference`.

    Returns:
        (n, D) CLS tokens of the last four blocks, or of all blocks where there are fewer.
    """
    backbone = copy.deepcopy(backbone).eval()
    fix_positions(backbone, size=size, method=interpolation)
    mean, std = normalisation(backbone)
    prepare = Preparation(size=size, crop=None, resampling="bicubic", mean=mean, std=std)
    pixels = prepare(torch.from_numpy(images).to(next(backbone.parameters()).device))
    tokens = cls_tokens(backbone, pixels, blocks=min(_BLOCKS, len(backbone.blocks)))
    found: NDArray[np.float32] = tokens.float().cpu().numpy()
    return found
