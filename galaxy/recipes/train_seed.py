"""One training of a row: the loop, with everything that the section asks for."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.data.augmentation import Augmentation
from galaxy.models.classifier import Classifier
from galaxy.recipes.train_inputs import Inputs
from galaxy.recipes.training_spec import Row
from galaxy.training.batches import batch_sizes
from galaxy.training.checkpoint import Checkpoints
from galaxy.training.distributed import World
from galaxy.training.inference import predict_logits, score_logits
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import constant, cosine
from galaxy.training.supervised import SupervisedStep
from stages.sections.train import TrainSection


def train_seed(
    row: Row,
    network: Classifier,
    inputs: Inputs,
    run: Any,
    *,
    seed: int,
    state: Path,
    world: World,
) -> list[EpochRecord]:
    """Train `network`, which is left with the weights to keep, and return one record per epoch."""
    section = row.section
    precision = Precision.of(inputs.device)
    train, validation = row.manifest.where("train"), row.manifest.where("validation")
    step = SupervisedStep(
        network,
        inputs.source(train.id),
        torch.from_numpy(train.label).to(inputs.device),
        chunk=section.batch_size,
        kept=inputs.kept,
        augment=Augmentation(section.flips, section.rotations) if section.flips or section.rotations else None,
        mixup=section.mixup,
        label_smoothing=section.label_smoothing,
        class_weights=_class_weights(section, train.label, inputs.device),
        average=section.average,
        compiled=section.compile,
    )
    watched = inputs.source(validation.id)
    labels = torch.from_numpy(validation.label)

    def validate(between: Callable[[], None]) -> Mapping[str, float]:
        with step.averaged():
            logits = predict_logits(
                network,
                watched,
                len(validation),
                precision=precision,
                chunk=section.batch_size,
                kept=inputs.kept,
                world=world,
                between=between,
            )
        return score_logits(logits, labels)

    batches = len(batch_sizes(len(train), section.batch_size))
    records = fit(
        step,
        items=len(train),
        epochs=section.epochs,
        batch_size=section.batch_size,
        seed=seed,
        schedules={
            "lr": cosine(
                section.lr, section.lr_min, updates=section.epochs * batches, warmup=section.warmup_epochs * batches
            ),
            "weight_decay": constant(section.weight_decay),
        },
        precision=precision,
        clip_norm=section.clip_norm,
        validate=validate,
        score=_score(section),
        stop=_stop(section),
        checkpoints=Checkpoints(state),
        on_epoch=lambda record: run.log(_curves(record), step=record.epoch, seed=seed),
        title=f"{row.name}, seed {seed}",
        world=world,
    )
    step.use_average()
    return records


def _class_weights(section: TrainSection, labels: NDArray[np.int64], device: torch.device) -> torch.Tensor | None:
    """Inverse to the class's count, with mean 1 over the training galaxies."""
    if section.class_weights is None:
        return None
    counts = np.bincount(labels)
    return torch.from_numpy(len(labels) / (len(counts) * counts)).float().to(device)


def _score(section: TrainSection) -> Callable[[EpochRecord], float] | None:
    if section.keep == "last":
        return None
    if section.keep == "best-loss":
        return lambda record: record.validation["loss"]
    return lambda record: -record.validation["accuracy"]


def _stop(section: TrainSection) -> Callable[[Sequence[EpochRecord]], bool] | None:
    patience = section.patience
    if patience is None:
        return None

    def stop(records: Sequence[EpochRecord]) -> bool:
        losses = [record.validation["loss"] for record in records]
        return len(losses) - 1 - int(np.argmin(losses)) >= patience

    return stop


def _curves(record: EpochRecord) -> dict[str, float]:
    values = {f"train_{name}": value for name, value in record.train.items()}
    values |= {f"validation_{name}": value for name, value in record.validation.items()}
    values |= {"learning_rate": record.values["lr"], "images_per_second": record.items_per_second}
    return values | {"memory_mib": record.memory_bytes / 2**20}
