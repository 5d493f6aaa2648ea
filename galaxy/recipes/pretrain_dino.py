"""Pretrains all weights of a transformer by DINO's self-distillation on pictures without labels."""

from collections.abc import Mapping
from typing import Any, Unpack

import numpy as np
import torch

from galaxy.data.multicrop import MultiCrop
from galaxy.models.dino_backbone import create_backbone
from galaxy.models.dino_head import DinoHead
from galaxy.models.dino_network import DinoNetwork
from galaxy.models.load_weights import load_weights
from galaxy.recipes.pretrain_pictures import PictureSet
from galaxy.recipes.pretrained import Pretrained, PretrainingSpec, pretrain, updates_per_epoch
from galaxy.training.batch_source import array_source
from galaxy.training.dino_step import DinoStep
from galaxy.training.schedules import constant, cosine
from galaxy.training.seeding import derive_seed, make_deterministic


def pretrain_dino(
    pictures: PictureSet,
    *,
    backbone: str,
    start: Mapping[str, torch.Tensor] | None = None,
    count: int,
    crops: Mapping[str, Any],
    prototypes: int,
    hidden: int,
    bottleneck: int,
    weight_decay: float,
    weight_decay_end: float,
    teacher_momentum: float,
    teacher_temperature: float,
    student_temperature: float,
    center_momentum: float,
    **spec: Unpack[PretrainingSpec],
) -> Pretrained:
    """Train a transformer by self-distillation (Caron et al. 2021) and return the teacher's backbone.

    Args:
        pictures: The training pictures; their labels are not used.
        backbone: Name of the backbone, as `create_backbone` takes it.
        start: Weights of the backbone to begin with, as an earlier pretraining returned them; None draws them.
        count: Number of pictures to use; the first ones are taken.
        crops: Arguments of `MultiCrop`, with the name of its recipe under `augmentation`.
        prototypes: Number of outputs of the projection head.
        hidden: Width of the head's hidden layers.
        bottleneck: Width of the head before the prototypes.
        weight_decay: AdamW's weight decay at the first update, applied to matrices only.
        weight_decay_end: Weight decay at the last update.
        teacher_momentum: Momentum of the teacher at the first update; it rises to 1 at the last.
        teacher_temperature: Number by which the teacher's centred logits are divided.
        student_temperature: Number by which the student's logits are divided.
        center_momentum: Momentum of the centre's moving average.
        **spec: Settings of the epochs, see `PretrainingSpec`.

    Returns:
        The backbone's weights and the normalisation of pixels.

    Raises:
        ArgumentError: If there are fewer pictures than one batch.
        InputError: If the name of the backbone is unknown, or `start` does not fit it.
    """
    make_deterministic()
    seed, device = spec["seed"], spec["device"]
    rows = np.arange(min(count, len(pictures.images)))
    mean, std = pictures.statistics(rows)
    network = create_backbone(backbone, seed=derive_seed("backbone", seed))
    if start:
        load_weights(network, start, is_replaced=lambda _: False, source="of the stage before")
    width = int(network.embed_dim)
    head = DinoHead(
        width,
        prototypes=prototypes,
        hidden=hidden,
        bottleneck=bottleneck,
        norm_last_layer=True,
        seed=derive_seed("head", seed),
    )
    student = DinoNetwork(network.train(), head, interpolation="timm").to(device)
    shift, scale = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (mean, std))
    step = DinoStep(
        student,
        last_layer=["head.directions"],
        source=array_source(pictures.images, rows, device),
        crops=MultiCrop(crops["augmentation"], **{k: v for k, v in crops.items() if k != "augmentation"}),
        normalise=lambda view: (view - shift) / scale,
        prototypes=prototypes,
        student_temperature=student_temperature,
        center_momentum=center_momentum,
        freeze_last_layer=0,
        decay_last_layer=True,
    )
    updates = spec["epochs"] * updates_per_epoch(len(rows), spec)
    schedules = {
        "weight_decay": cosine(weight_decay, weight_decay_end, updates=updates),
        "teacher_momentum": cosine(teacher_momentum, 1.0, updates=updates),
        "teacher_temperature": constant(teacher_temperature),
    }
    records = pretrain(step, len(rows), schedules=schedules, clip_norm=3.0, **spec)
    teacher = step.teacher
    if not isinstance(teacher, DinoNetwork):
        raise TypeError(f"the step holds {type(teacher).__name__}, not the network that it was given")
    tensors = {name: tensor.detach().cpu() for name, tensor in teacher.backbone.state_dict().items()}
    return Pretrained(tensors, mean=mean, std=std, records=records)
