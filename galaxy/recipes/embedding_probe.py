"""Embeddings of a few galaxies before and after tuning, for the proof that it changed them."""

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from timm.models.vision_transformer import VisionTransformer

from galaxy.features.preparation import Preparation
from galaxy.models.dino_backbone import cls_tokens, normalisation
from galaxy.models.positions import fix_positions

_BLOCKS = 4  # as the report's embedding


@torch.inference_mode()
def watched_embeddings(
    backbone: VisionTransformer, images: NDArray[np.uint8], *, size: int, positions: str
) -> NDArray[np.float32]:
    """Embeddings (n, D) of whole images (n, s, s, 3), resampled to `size` pixels on a side.

    Positions are interpolated as `fix_positions` says, in a copy.
    """
    backbone = copy.deepcopy(backbone).eval()
    fix_positions(backbone, size=size, method=positions)
    mean, deviation = normalisation(backbone)
    prepare = Preparation(size=size, crop=None, resampling="bicubic", mean=mean, deviation=deviation)
    pixels = prepare(torch.from_numpy(images).to(next(backbone.parameters()).device))
    tokens = cls_tokens(backbone, pixels, blocks=min(_BLOCKS, len(backbone.blocks)))
    found: NDArray[np.float32] = tokens.float().cpu().numpy()
    return found
