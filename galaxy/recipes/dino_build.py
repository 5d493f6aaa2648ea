"""Builds the DINO backbone, and the step that fine-tunes it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from timm.models.vision_transformer import VisionTransformer

from galaxy.data.multicrop import MultiCrop
from galaxy.errors import InputError
from galaxy.models.dino_backbone import create_backbone, normalisation, set_drop_path
from galaxy.models.dino_head import DinoHead
from galaxy.models.dino_network import DinoNetwork
from galaxy.models.dino_weights import load_backbone_weights
from galaxy.models.lora import attach_adapters
from galaxy.models.state_digest import state_sha256
from galaxy.training.batch_source import array_source
from galaxy.training.dino_step import DinoStep
from galaxy.training.seeding import derive_seed


def build_backbone(
    name: str, *, weights: str, seed: int, weights_folder: Path
) -> tuple[VisionTransformer, dict[str, Any]]:
    """Create a backbone and load its weights.

    Args:
        name: timm's name of a vision transformer, with or without tag.
        weights: `random`, `pretrained`, or the path of a checkpoint.
        seed: Seed of the random weights.
        weights_folder: Folder that is searched for pretrained weights before they are downloaded from the hub.

    Returns:
        The backbone, and its identity as JSON values: its name, where the weights come from, and their SHA-256.

    Raises:
        InputError: If the name is unknown, or the weights cannot be found or do not fit.
    """
    backbone = create_backbone(name, seed=seed)
    origin = load_backbone_weights(backbone, name, weights, folder=weights_folder)
    return backbone, {"backbone": name, "weights": origin, "sha256": state_sha256(backbone.state_dict())}


def make_step(
    backbone: VisionTransformer,
    *,
    interpolation: str,
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    device: torch.device,
    seed: int,
    lora: Mapping[str, Any],
    head: Mapping[str, Any],
    head_learns: bool,
    crops: Mapping[str, Any],
    student_temperature: float,
    center_momentum: float,
    freeze_last_layer: int,
    decay_last_layer: bool,
    clip_each: float | None,
    drop_path: float,
) -> tuple[DinoStep, int]:
    """Attach adapters and a projection head to a backbone, and make the step that trains both.

    Args:
        backbone: The transformer; its linear layers are replaced by adapted ones.
        interpolation: Interpolation of position embeddings, `timm` or `reference`.
        images: (N, s, s, 3) pixels, possibly a memory map.
        rows: (M,) rows of `images` to train on.
        device: Device of the networks.
        seed: Seed of the adapters and of the head.
        lora: Arguments of `attach_adapters` except the seed: targets, rank, alpha, also.
        head: Arguments of `DinoHead` except the seed: prototypes, hidden, bottleneck, norm_last_layer.
        head_learns: Whether all parameters of the head are trained; otherwise only its biases are trained, as in the
            code of the report's authors.
        crops: Arguments of `MultiCrop`.
        student_temperature: Number by which the student's logits are divided.
        center_momentum: Momentum of the centre's moving average.
        freeze_last_layer: Number of epochs in which the head's last layer does not learn.
        decay_last_layer: Whether weight decay applies to the head's last layer.
        clip_each: Largest Euclidean norm of each parameter's gradient; None does not clip.
        drop_path: Rate at which branches of the student's last block are skipped; it rises linearly from 0 in the
            first block.

    Returns:
        The step, and the number of the backbone's parameters that learn.

    Raises:
        InputError: If the adapters do not fit the backbone, or the crops are impossible.
    """
    trainable = attach_adapters(backbone, **lora, seed=derive_seed("adapters", seed))
    projection = DinoHead(backbone.embed_dim, **head, seed=derive_seed("head", seed))
    if not head_learns:
        for name, parameter in projection.named_parameters():
            parameter.requires_grad_(name.endswith("bias"))
    mean, std = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in normalisation(backbone))
    set_drop_path(backbone, drop_path)
    step = DinoStep(
        DinoNetwork(backbone, projection, interpolation=interpolation).to(device),
        last_layer=["head.directions", "head.norms"],
        source=array_source(images, rows, device),
        crops=MultiCrop(**crops),
        normalise=lambda view: (view - mean) / std,
        prototypes=head["prototypes"],
        student_temperature=student_temperature,
        center_momentum=center_momentum,
        freeze_last_layer=freeze_last_layer,
        decay_last_layer=decay_last_layer,
        clip_each=clip_each,
    )
    return step, trainable


def backbone_of(step: DinoStep, keep: str) -> VisionTransformer:
    """Return the backbone of the `teacher` or the `student` of a step that `make_step` made.

    Raises:
        InputError: If `keep` is neither `teacher` nor `student`.
        TypeError: If `make_step` has not made the step.
    """
    if keep not in {"teacher", "student"}:
        raise InputError(f"keep is {keep!r}; allowed are teacher, student")
    network = step.teacher if keep == "teacher" else step.student
    if not isinstance(network, DinoNetwork):
        raise TypeError(f"the step holds {type(network).__name__}, not the network that it was given")
    return network.backbone
