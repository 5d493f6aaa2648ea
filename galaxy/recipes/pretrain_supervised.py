"""Pretrains a network of the table on labelled pictures that the project draws."""

from collections.abc import Callable, Mapping
from typing import Any, Unpack

import numpy as np
import torch
from torch.nn import functional

from galaxy.data.augmentation import Augmentation
from galaxy.errors import ArgumentError
from galaxy.models.architecture import build_classifier
from galaxy.models.load_weights import load_weights
from galaxy.recipes.pretrain_pictures import PictureSet
from galaxy.recipes.pretrained import Pretrained, PretrainingSpec, pretrain
from galaxy.training.batch_source import array_source
from galaxy.training.inference import predict_logits, score_logits
from galaxy.training.precision import Precision
from galaxy.training.schedules import constant
from galaxy.training.seeding import make_deterministic, seed_layers
from galaxy.training.supervised import Source, SupervisedStep


def pretrain_supervised(
    pictures: PictureSet,
    *,
    architecture: Mapping[str, Any],
    start: Mapping[str, torch.Tensor] | None = None,
    size: int,
    classes: int,
    held_out: int,
    weight_decay: float,
    label_smoothing: float,
    **spec: Unpack[PretrainingSpec],
) -> Pretrained:
    """Train all weights of a network and return those that do not depend on the number of classes.

    Args:
        pictures: The labelled pictures.
        architecture: `kind` and arguments of the network, as `build_classifier` takes them.
        start: Weights to begin with, as an earlier pretraining of the same network returned them; None draws all.
        size: Width and height in pixels to which pictures are averaged down; it divides theirs.
        classes: Number of classes to learn; pictures of further classes are not used. A training on a few classes
            takes few updates, and a training on all classes takes fewer updates if it starts from its weights.
        held_out: Number of the last pictures that are not trained on; accuracy is measured on them after each epoch.
        weight_decay: AdamW's weight decay.
        label_smoothing: Share of the target that is spread over all classes.
        **spec: Settings of the epochs, see `PretrainingSpec`.

    Returns:
        The weights and the normalisation of pixels.

    Raises:
        ArgumentError: If so many pictures are held out that none is left, or fewer than one batch.
        InputError: If `start` does not fit the network.
    """
    make_deterministic()
    device, batch_size = spec["device"], spec["batch_size"]
    used = np.flatnonzero(pictures.labels < classes)
    if held_out >= len(used):
        raise ArgumentError(f"held_out is {held_out}; it must be less than {len(used)}, the number of pictures")
    rows, held = used[: len(used) - held_out], used[len(used) - held_out :]
    mean, std = pictures.statistics(rows)
    seed_layers("weights", spec["seed"])
    network = build_classifier(architecture, classes=classes, size=size, mean=mean, std=std).to(device)
    network = network.to(memory_format=torch.channels_last)
    if start:
        load_weights(network.network, start, is_replaced=network.is_replaced, source="of the stage before")
    labels = torch.from_numpy(pictures.labels[used]).to(device)
    step = SupervisedStep(
        network,
        averaged(array_source(pictures.images, rows, device), size),
        labels,
        chunk=batch_size,
        augment=Augmentation(flips=True, rotations=True),
        label_smoothing=label_smoothing,
    )
    precision = Precision.of(device)
    held_source = averaged(array_source(pictures.images, held, device), size)

    def validate(check: Callable[[], None]) -> Mapping[str, float]:
        logits = predict_logits(network, held_source, held_out, precision=precision, chunk=batch_size, on_chunk=check)
        return score_logits(logits, labels[len(rows) :].cpu())

    schedules = {"weight_decay": constant(weight_decay)}
    records = pretrain(step, len(rows), schedules=schedules, clip_norm=1.0, validate=validate, **spec)
    network.cpu()
    kept = {name: t.detach() for name, t in network.network.state_dict().items() if not network.is_replaced(name)}
    return Pretrained(kept, mean=mean, std=std, records=records)


def averaged(source: Source, size: int) -> Source:
    """Average the images of `source` down to `size` x `size` pixels, rounded; `size` must divide their width."""

    def batch(positions: torch.Tensor) -> torch.Tensor:
        images = source(positions)
        side = images.shape[1]
        if side == size:
            return images
        pixels = functional.avg_pool2d(images.permute(0, 3, 1, 2).float(), side // size)
        return pixels.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()

    return batch
