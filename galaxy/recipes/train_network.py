"""Trains one network on labelled galaxies, and leaves it with the weights of the last or of the best epoch."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Unpack

import torch

from galaxy.data.augmentation import Augmentation
from galaxy.data.manifest import Manifest
from galaxy.models.classifier import Classifier
from galaxy.recipes.supervised_outs import epoch_curves
from galaxy.recipes.tracker import Tracker
from galaxy.recipes.training_inputs import SourceOf
from galaxy.recipes.training_spec import TrainingSpec
from galaxy.training.batches import batch_sizes
from galaxy.training.checkpoint import CheckpointFolder
from galaxy.training.distributed import World
from galaxy.training.inference import predict_logits, score_logits
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord, epoch_score, has_stalled
from galaxy.training.schedules import constant, cosine
from galaxy.training.supervised import SupervisedStep, balanced_class_weights


def train_network(
    network: Classifier,
    read: SourceOf,
    *,
    gives_features: bool,
    manifest: Manifest,
    seed: int,
    precision: Precision,
    folder: Path,
    title: str,
    tracker: Tracker,
    world: World,
    **spec: Unpack[TrainingSpec],
) -> list[EpochRecord]:
    """Train `network` in place with AdamW and return one record per epoch.

    Args:
        network: Network on the device of `precision`.
        read: Returns the source of images or features for galaxies by their ids.
        gives_features: Whether `read` gives features of the network's frozen part instead of images.
        manifest: Labels and split of all galaxies.
        seed: Seed of the order of the galaxies and of everything that is drawn while training.
        precision: Device and number format.
        folder: Folder of the saved state, from which an interrupted training resumes.
        title: Label of the progress bar.
        tracker: Receives the learning curves.
        world: Processes that train together.
        **spec: Settings, see `TrainingSpec`.

    Raises:
        DivergedError: If the loss or a weight becomes infinite or NaN.
        Interrupted: If SIGTERM or Ctrl-C has come; the state has been saved.
    """
    train, validation = manifest.where("train"), manifest.where("validation")
    weights = balanced_class_weights(train.label).to(precision.device) if spec["balanced"] else None
    flips, rotations, batch_size = spec["flips"], spec["rotations"], spec["batch_size"]
    step = SupervisedStep(
        network,
        read(train.id),
        torch.from_numpy(train.label).to(precision.device),
        chunk=batch_size,
        gives_features=gives_features,
        augment=Augmentation(flips, rotations) if flips or rotations else None,
        mixup=spec["mixup"],
        label_smoothing=spec["label_smoothing"],
        class_weights=weights,
        average=spec["average"],
        compiled=spec["compiled"],
    )
    source, labels = read(validation.id), torch.from_numpy(validation.label)

    def validate(on_chunk: Callable[[], None]) -> Mapping[str, float]:
        with step.averaged():
            logits = predict_logits(
                network,
                source,
                len(validation),
                precision=precision,
                chunk=batch_size,
                gives_features=gives_features,
                world=world,
                on_chunk=on_chunk,
            )
        return score_logits(logits, labels)

    batches, patience = len(batch_sizes(len(train), batch_size)), spec["patience"]
    lr = cosine(spec["lr"], spec["lr_min"], updates=spec["epochs"] * batches, warmup=spec["warmup_epochs"] * batches)
    records = fit(
        step,
        items=len(train),
        epochs=spec["epochs"],
        batch_size=batch_size,
        seed=seed,
        schedules={"lr": lr, "weight_decay": constant(spec["weight_decay"])},
        precision=precision,
        clip_norm=spec["clip_norm"],
        validate=validate,
        score=epoch_score(spec["keep"]),
        stop=None if patience is None else partial(has_stalled, patience=patience),
        checkpoints=CheckpointFolder(folder),
        on_epoch=lambda record: tracker.log(epoch_curves(record), step=record.epoch, seed=seed),
        title=title,
        world=world,
    )
    step.use_average()
    return records
