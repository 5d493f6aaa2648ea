"""Small vision transformers for small images, in sizes that timm does not define."""

from dataclasses import dataclass
from typing import Any

from timm.models.vision_transformer import VisionTransformer

from galaxy.models.normalise import IMAGENET_MEAN, IMAGENET_STD


@dataclass(frozen=True)
class Shape:
    """Sizes of a transformer.

    Attributes:
        size: Width and height in pixels of the images that the position embeddings are made for.
        patch: Width and height of a patch in pixels.
        width: Width of the tokens.
        depth: Number of blocks.
        heads: Number of heads of each attention.
    """

    size: int
    patch: int
    width: int
    depth: int
    heads: int


SMALL_TRANSFORMERS = {"galaxy_vit_tiny_patch8_64": Shape(size=64, patch=8, width=192, depth=6, heads=3)}
"""Sizes by name. The width and heads are those of DeiT-tiny (Touvron et al. 2021); the depth is half of its depth."""


def create_small_transformer(name: str) -> VisionTransformer:
    """Create a transformer of `SMALL_TRANSFORMERS` without classifier, with weights from torch's default generator.

    Pixels are normalised by ImageNet's statistics unless loaded weights have others.
    """
    shape = SMALL_TRANSFORMERS[name]
    model = VisionTransformer(
        img_size=shape.size,
        patch_size=shape.patch,
        embed_dim=shape.width,
        depth=shape.depth,
        num_heads=shape.heads,
        num_classes=0,
        dynamic_img_size=True,
    )
    configuration: Any = {"mean": IMAGENET_MEAN, "std": IMAGENET_STD, "architecture": name}
    model.pretrained_cfg = configuration
    return model
