"""Builds the network of the unsupervised branch, which computes features from pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor

from galaxy.device import pick_device
from galaxy.features.preparation import Preparation
from galaxy.models.adapter_file import merge_saved
from galaxy.models.dino_backbone import check_size, cls_tokens, normalisation
from galaxy.models.multiply_adds import multiply_adds_of
from galaxy.models.position_embeddings import fix_positions
from galaxy.recipes.dino_build import build_backbone
from galaxy.training.precision import forbid_tf32
from galaxy.training.seeding import make_deterministic


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """A network that computes features from pictures.

    Attributes:
        backbone: The transformer, on its device.
        prepare: Turns stored pictures into the backbone's input.
        blocks: Number of last blocks whose CLS tokens are concatenated.
        norm: Whether the final layer norm is applied to each of them.
        identity: JSON values that describe the network.
    """

    backbone: VisionTransformer
    prepare: Preparation
    blocks: int
    norm: bool
    identity: Mapping[str, Any]

    @property
    def device(self) -> torch.device:
        """Return the device of the backbone."""
        return next(self.backbone.parameters()).device

    def __call__(self, images: Tensor) -> Tensor:
        """Compute (B, D) features from (B, s, s, 3) uint8 pictures."""
        return cls_tokens(self.backbone, self.prepare(images), blocks=self.blocks, norm=self.norm)

    def source(self, features: str, *, interpolation: str) -> dict[str, Any]:
        """Return the description that is stored with the features, as JSON values."""
        side = self.prepare.size
        image = torch.zeros(1, 3, side, side, device=self.device)
        mean, std = normalisation(self.backbone)
        return {
            "features": features,
            **self.identity,
            "size": side,
            "crop": self.prepare.crop,
            "resampling": self.prepare.resampling,
            "blocks": self.blocks,
            "norm": self.norm,
            "positions": interpolation,
            "mean": mean,
            "deviation": std,  # the name of `std` in all files of features, whose bytes a new name would change
            "parameters": sum(parameter.numel() for parameter in self.backbone.parameters()),
            "multiply_adds": multiply_adds_of(lambda: self.backbone(image)),
        }


def build_encoder(
    backbone: str,
    *,
    weights: str,
    seed: int,
    weights_folder: Path,
    interpolation: str,
    size: int,
    crop: int | None,
    resampling: str,
    blocks: int,
    norm: bool,
    device: str | None,
    adapter: Path | None = None,
    manifest: str = "",
) -> Encoder:
    """Build the network that computes features.

    Args:
        backbone: timm's name of a vision transformer.
        weights: `random`, `pretrained`, or the path of a checkpoint.
        seed: Seed of the random weights.
        weights_folder: Folder that is searched for pretrained weights before they are downloaded from the hub.
        interpolation: Interpolation of position embeddings, `timm` or `reference`.
        size: Width and height of the backbone's input in pixels.
        crop: Width and height in pixels of the centre crop that is taken first; None takes the whole picture.
        resampling: `bicubic`, `bilinear` or `area`.
        blocks: Number of last blocks whose CLS tokens are concatenated.
        norm: Whether the final layer norm is applied to each of them.
        device: Name of the device, see `pick_device`; None chooses one.
        adapter: Folder of an adapter, which is merged into the weights; None does not change the weights.
        manifest: SHA-256 of the split manifest, on which the adapter must have been trained.

    Raises:
        InputError: If the backbone, its weights or the adapter are missing or do not fit together.
    """
    make_deterministic()
    forbid_tf32()
    where = pick_device(device)
    network, identity = build_backbone(backbone, weights=weights, seed=seed, weights_folder=weights_folder)
    if adapter is not None:
        description = merge_saved(network, adapter, manifest=manifest)
        identity |= {
            "adapter_sha256": description.sha256,
            "change": dict(description.change),
            "collapsed": description.collapsed,
        }
    check_size(network, size)
    fix_positions(network, size=size, method=interpolation)
    mean, std = normalisation(network)
    prepare = Preparation(size=size, crop=crop, resampling=resampling, mean=mean, std=std)
    network = network.eval().to(where)
    return Encoder(backbone=network, prepare=prepare, blocks=blocks, norm=norm, identity=identity)
