"""Supervised pretraining of a network of the table on labelled pictures that the project draws."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from galaxy.data.augmentation import Augmentation
from galaxy.models.architecture import build_classifier
from galaxy.models.weights import load_weights
from galaxy.recipes.pretrain_pictures import Pictures
from galaxy.recipes.pretrained import Pretrained, learning_rate
from galaxy.training.batch_source import array_source
from galaxy.training.batches import batch_sizes
from galaxy.training.checkpoint import Checkpoints
from galaxy.training.inference import predict_logits, score_logits
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import constant
from galaxy.training.seeding import make_deterministic, seed_layers
from galaxy.training.supervised import Source, SupervisedStep


def pretrain_supervised(
    pictures: Pictures,
    *,
    architecture: Mapping[str, Any],
    start: Mapping[str, torch.Tensor] | None = None,
    size: int,
    classes: int,
    held_out: int,
    epochs: int,
    batch_size: int,
    lr: float,
    weight_decay: float,
    warmup_epochs: float,
    label_smoothing: float,
    seed: int,
    device: torch.device,
    state: Path,
    on_epoch: Callable[[EpochRecord], None] | None = None,
    title: str | None = None,
) -> Pretrained:
    """Train all weights of a network and return those that do not depend on the number of classes.

    Args:
        pictures: The labelled pictures.
        architecture: `kind` and arguments of the network, as `build_classifier` takes them.
        start: Weights to begin with, as an earlier pretraining of the same network returned them; None draws all.
        size: Width and height in pixels to which pictures are averaged down; it divides theirs.
        classes: Number of classes to learn; pictures of further classes are not used. A few classes are learnt in few
            updates, and all classes in fewer updates from there than from random weights.
        held_out: Number of pictures, from the last, that are not trained on; accuracy is measured on them after each
            epoch.
        epochs: Number of passes over the training pictures.
        batch_size: Pictures per update.
        lr: AdamW's learning rate after the warm-up; it follows a cosine down to a hundredth.
        weight_decay: AdamW's weight decay.
        warmup_epochs: Epochs of the linear rise; fractions are allowed.
        label_smoothing: Share of the target that is spread over all classes.
        seed: Seed of weights, order and augmentation.
        device: Device to train on.
        state: Folder of the checkpoints, from which an interrupted training resumes.
        on_epoch: Called with the record of each epoch.
        title: Label of the progress bar; None shows none.

    Returns:
        The weights and the normalisation of pixels.
    """
    make_deterministic()
    used = np.flatnonzero(pictures.labels < classes)
    rows, held = used[: len(used) - held_out], used[len(used) - held_out :]
    mean, std = pictures.statistics(rows)
    seed_layers("weights", seed)
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
    per_epoch = len(batch_sizes(len(rows), batch_size))
    held_source = averaged(array_source(pictures.images, held, device), size)

    def validate(check: Callable[[], None]) -> Mapping[str, float]:
        logits = predict_logits(network, held_source, held_out, precision=precision, chunk=batch_size, on_chunk=check)
        return score_logits(logits, labels[len(rows) :].cpu())

    records = fit(
        step,
        items=len(rows),
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        schedules={
            "lr": learning_rate(lr, epochs=epochs, per_epoch=per_epoch, warmup_epochs=warmup_epochs),
            "weight_decay": constant(weight_decay),
        },
        precision=precision,
        clip_norm=1.0,
        validate=validate,
        checkpoints=Checkpoints(state),
        on_epoch=on_epoch,
        title=title,
    )
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
