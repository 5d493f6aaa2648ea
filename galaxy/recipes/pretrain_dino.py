"""DINO pretraining: all weights of a transformer learn from pictures without labels."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from galaxy.data.multicrop import MultiCrop
from galaxy.models.dino_backbone import create_backbone
from galaxy.models.dino_head import DinoHead
from galaxy.models.dino_network import DinoNetwork
from galaxy.models.weights import load_weights
from galaxy.recipes.pretrain_pictures import Pictures
from galaxy.recipes.pretrained import Pretrained, learning_rate
from galaxy.training.batch_source import array_source
from galaxy.training.batches import batch_sizes
from galaxy.training.checkpoint import Checkpoints
from galaxy.training.dino_step import DinoStep
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import constant, cosine
from galaxy.training.seeding import derive_seed, make_deterministic


def pretrain_dino(
    pictures: Pictures,
    *,
    backbone: str,
    start: Mapping[str, torch.Tensor] | None = None,
    count: int,
    crops: Mapping[str, Any],
    prototypes: int,
    hidden: int,
    bottleneck: int,
    epochs: int,
    batch_size: int,
    lr: float,
    warmup_epochs: float,
    weight_decay: float,
    weight_decay_end: float,
    teacher_momentum: float,
    teacher_temperature: float,
    student_temperature: float,
    center_momentum: float,
    seed: int,
    device: torch.device,
    state: Path,
    on_epoch: Callable[[EpochRecord], None] | None = None,
    title: str | None = None,
) -> Pretrained:
    """Train a transformer by self-distillation (Caron et al. 2021) and return the teacher's backbone.

    Args:
        pictures: The training pictures; their labels are not used.
        backbone: Name of the backbone, as `create_backbone` takes it.
        start: Weights of the backbone to begin with, as an earlier pretraining returned them; None draws them.
        count: Number of pictures to use, from the first.
        crops: Arguments of `MultiCrop`, with the name of its recipe under `augmentation`.
        prototypes: Number of outputs of the projection head.
        hidden: Width of the head's hidden layers.
        bottleneck: Width of the head before the prototypes.
        epochs: Number of passes over the pictures.
        batch_size: Pictures per update.
        lr: AdamW's learning rate after the warm-up; it follows a cosine down to a hundredth.
        warmup_epochs: Epochs of the linear rise; fractions are allowed.
        weight_decay: AdamW's weight decay at the first update, applied to matrices only.
        weight_decay_end: Weight decay at the last update.
        teacher_momentum: Momentum of the teacher at the first update; it rises to 1 at the last.
        teacher_temperature: Number by which the teacher's centred logits are divided.
        student_temperature: Number by which the student's logits are divided.
        center_momentum: Momentum of the centre's moving average.
        seed: Seed of weights, order and crops.
        device: Device to train on.
        state: Folder of the checkpoints, from which an interrupted training resumes.
        on_epoch: Called with the record of each epoch.
        title: Label of the progress bar; None shows none.

    Returns:
        The backbone's weights and the normalisation of pixels.
    """
    make_deterministic()
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
    student = DinoNetwork(network.train(), head, positions="timm").to(device)
    shift, scale = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in (mean, std))
    step = DinoStep(
        student,
        last_layer="head.directions",
        source=array_source(pictures.images, rows, device),
        crops=MultiCrop(crops["augmentation"], **{k: v for k, v in crops.items() if k != "augmentation"}),
        normalise=lambda view: (view - shift) / scale,
        prototypes=prototypes,
        student_temperature=student_temperature,
        center_momentum=center_momentum,
        freeze_last_layer=0,
    )
    per_epoch = len(batch_sizes(len(rows), batch_size))
    records = fit(
        step,
        items=len(rows),
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        schedules={
            "lr": learning_rate(lr, epochs=epochs, per_epoch=per_epoch, warmup_epochs=warmup_epochs),
            "weight_decay": cosine(weight_decay, weight_decay_end, updates=epochs * per_epoch),
            "teacher_momentum": cosine(teacher_momentum, 1.0, updates=epochs * per_epoch),
            "teacher_temperature": constant(teacher_temperature),
        },
        precision=Precision.of(device),
        clip_norm=3.0,
        checkpoints=Checkpoints(state),
        on_epoch=on_epoch,
        title=title,
    )
    teacher = step.teacher
    if not isinstance(teacher, DinoNetwork):
        raise TypeError(f"the step holds {type(teacher).__name__}, not the network that it was given")
    tensors = {name: tensor.detach().cpu() for name, tensor in teacher.backbone.state_dict().items()}
    return Pretrained(tensors, mean=mean, std=std, records=records)
