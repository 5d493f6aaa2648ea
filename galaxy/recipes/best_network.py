"""Builds the network whose features the row `dino-best` clusters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from galaxy.errors import ArgumentError
from galaxy.features.symmetries import COUNT
from galaxy.models.dino_backbone import check_size, cls_tokens, normalisation
from galaxy.models.efficientnet_lite0 import create_efficientnet_lite0
from galaxy.models.multiply_adds import multiply_adds_of
from galaxy.models.position_embeddings import fix_positions
from galaxy.models.state_digest import state_sha256
from galaxy.recipes.dino_build import build_backbone
from galaxy.training.precision import forbid_tf32
from galaxy.training.seeding import make_deterministic

NETWORKS = ("dino", "imagenet")


@dataclass(frozen=True, kw_only=True)
class BestNetwork:
    """A network that gives features.

    Attributes:
        encode: Turns (B, 3, S, S) normalised images into (B, D) features.
        mean: Mean of each channel by which images are normalised.
        std: Standard deviation of each channel.
        identity: JSON values that name the network, the SHA-256 of its weights, its number of parameters, and the
            multiply-adds for the eight views of an image.
    """

    encode: Callable[[Tensor], Tensor]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    identity: Mapping[str, Any]


def best_network(
    name: str,
    *,
    backbone: str,
    weights: str,
    seed: int,
    weights_folder: Path,
    interpolation: str,
    size: int,
    device: torch.device,
) -> BestNetwork:
    """Build the network.

    Args:
        name: `dino` for the network that `backbone` names, `imagenet` for EfficientNet-Lite0 with ImageNet weights.
        backbone: timm's name of a vision transformer.
        weights: `random`, `pretrained`, or the path of a checkpoint of the backbone.
        seed: Seed of the backbone's random weights.
        weights_folder: Folder that is searched for pretrained weights before they are downloaded from the hub.
        interpolation: Interpolation of position embeddings, `timm` or `reference`.
        size: Width and height of the images in pixels, S.
        device: Device of the network.

    Raises:
        ArgumentError: If the name is unknown, or the size is not a multiple of the patch size.
        InputError: If weights or a package are missing.
    """
    make_deterministic()
    forbid_tf32()
    if name == "imagenet":
        lite, mean, std = create_efficientnet_lite0()
        identity: dict[str, Any] = {"weights": "ImageNet efficientnet_lite0", "sha256": state_sha256(lite.state_dict())}
        lite = lite.to(device)
        identity |= _costs(lite, size, device)
        return BestNetwork(encode=lite, mean=mean, std=std, identity=identity)
    if name != "dino":
        raise ArgumentError(f"network is {name!r}; allowed are {', '.join(NETWORKS)}")
    vit, identity = build_backbone(backbone, weights=weights, seed=seed, weights_folder=weights_folder)
    check_size(vit, size)
    fix_positions(vit, size=size, method=interpolation)
    mean, std = normalisation(vit)
    vit = vit.eval().to(device)
    identity |= _costs(vit, size, device)
    return BestNetwork(encode=lambda images: cls_tokens(vit, images, blocks=1), mean=mean, std=std, identity=identity)


def _costs(network: nn.Module, size: int, device: torch.device) -> dict[str, int]:
    image = torch.zeros(1, 3, size, size, device=device)
    count = sum(parameter.numel() for parameter in network.parameters())
    return {"parameters": count, "multiply_adds": COUNT * multiply_adds_of(lambda: network(image))}
