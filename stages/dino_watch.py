"""Embeddings of a few galaxies before and after tuning, for the proof that it changed them."""

import numpy as np
import torch
from numpy.typing import NDArray
from timm.models.vision_transformer import VisionTransformer

from galaxy.features.preparation import Preparation
from galaxy.models.dino_backbone import cls_tokens, normalisation

_BLOCKS = 4  # as the report's embedding


@torch.inference_mode()
def watched_embeddings(backbone: VisionTransformer, images: NDArray[np.uint8], *, size: int) -> NDArray[np.float32]:
    """Embeddings (n, D) of whole images (n, s, s, 3), resampled to `size` pixels on a side."""
    mean, deviation = normalisation(backbone)
    prepare = Preparation(size=size, crop=None, resampling="bicubic", mean=mean, deviation=deviation)
    pixels = prepare(torch.from_numpy(images).to(next(backbone.parameters()).device))
    tokens = cls_tokens(backbone.eval(), pixels, blocks=min(_BLOCKS, len(backbone.blocks)))
    found: NDArray[np.float32] = tokens.float().cpu().numpy()
    return found
