"""All trainings of one row: what `stages.train` does once its parameters are read."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from galaxy.atomic import write_text
from galaxy.data.manifest import Manifest
from galaxy.data.pixel_statistics import pixel_statistics
from galaxy.data.store import IMAGES, ImageStore
from galaxy.device import pick_device
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models.architecture import build_classifier
from galaxy.models.classifier import Classifier
from galaxy.models.normalise import IMAGENET_DEVIATION, IMAGENET_MEAN
from galaxy.models.stored import Description, save_network, write_description
from galaxy.models.weights import load_weights, read_checkpoint
from galaxy.predictions import Predictions, save_predictions
from galaxy.training.batches import batch_sizes
from galaxy.training.checkpoint import Checkpoints
from galaxy.training.code_digest import code_sha256
from galaxy.training.inference import predict_logits, score_logits
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.schedules import constant, cosine
from galaxy.training.seeding import make_deterministic, seed_layers
from galaxy.training.sources import array_source
from galaxy.training.state_folder import state_folder
from galaxy.training.supervised import SupervisedStep
from stages.train_section import TrainSection, VGGEntry

WEIGHTS = Path("weights")
"""Where checkpoints that a person fetched are looked for."""


@dataclass(frozen=True, eq=False)
class Row:
    """What is trained, on what."""

    name: str
    section: TrainSection
    entry: Any
    manifest: Manifest
    classes: tuple[str, ...]
    store: ImageStore
    store_folder: Path


def identity(row: Row) -> dict[str, Any]:
    """All that decides the bytes of the outs: a killed training resumes only from state of the same identity.

    Raises:
        InputError: If the network cannot be built, or its weights are not to be had or do not fit.
    """
    checkpoint = find_checkpoint(row)
    build_network(row, checkpoint, *_normalisation(row), seed=row.section.seeds[0])  # imports its modules, too
    return {
        "row": row.name,
        "train": row.section.model_dump(),
        "model": row.entry.model_dump(),
        "weights": file_sha256(checkpoint) if checkpoint else None,
        "manifest": row.manifest.sha256,
        "classes": list(row.classes),
        "store": file_sha256(row.store_folder / IMAGES),
        "code": code_sha256("galaxy", "stages"),
        "torch": torch.__version__,
        "device": pick_device(os.environ.get("GALAXY_DEVICE")).type,
    }


def train_row(
    row: Row, run: Any, *, identity: Mapping[str, Any], output: Path, history: Path, predictions: Path
) -> None:
    """Train once per seed and write the row's outs, all of them at the end."""
    make_deterministic()
    device = pick_device(os.environ.get("GALAXY_DEVICE"))
    checkpoint = find_checkpoint(row)
    mean, deviation = _normalisation(row)
    asked = row.manifest.where("validation", "test")
    probabilities, records, files = [], {}, {}
    root = Path(os.environ.get("DVC_ROOT", ".")) / ".state" / "training"
    part = output.with_name(f".{output.name}.part")
    with state_folder(root, f"train-{row.name}", identity) as state:
        shutil.rmtree(part, ignore_errors=True)
        for seed in row.section.seeds:
            network = build_network(row, checkpoint, mean, deviation, seed=seed).to(device)
            network.to(memory_format=torch.channels_last)
            records[seed] = _train(row, network, device, run, seed=seed, state=state / f"seed-{seed}")
            source = array_source(row.store.images, row.store.rows_of(asked.id), device)
            logits = predict_logits(network, source, len(asked), precision=Precision.of(device))
            probabilities.append(torch.softmax(logits.double(), dim=1).float().numpy())
            files[f"seed-{seed}.safetensors"] = save_network(part, network, seed=seed)
        description = Description(
            row=row.name,
            architecture=row.entry.architecture(),
            weights=row.entry.weights if checkpoint is None else f"{row.entry.weights} {identity['weights']}",
            classes=row.classes,
            size=row.store.size,
            mean=mean,
            deviation=deviation,
            manifest=row.manifest.sha256,
            files=files,
        )
        write_description(part, description)
        _write_history(history, records)
        found = Predictions(
            id=asked.id,
            split=asked.split,
            label=asked.label,
            seed=np.array(row.section.seeds, dtype=np.int64),
            probability=np.stack(probabilities),
            classes=np.array(row.classes),
            manifest=row.manifest.sha256,
        )
        save_predictions(predictions, found)
        shutil.rmtree(output, ignore_errors=True)
        part.rename(output)
    test = asked.split == "test"
    run.summary({"test_accuracy": float((found.probability[:, test].argmax(2) == asked.label[test]).mean())})
    run.outputs([predictions])


def _train(
    row: Row, network: Classifier, device: torch.device, run: Any, *, seed: int, state: Path
) -> list[EpochRecord]:
    section = row.section
    precision = Precision.of(device)
    train, validation = row.manifest.where("train"), row.manifest.where("validation")
    step = SupervisedStep(
        network,
        array_source(row.store.images, row.store.rows_of(train.id), device),
        torch.from_numpy(train.label).to(device),
    )
    watched = array_source(row.store.images, row.store.rows_of(validation.id), device)
    labels = torch.from_numpy(validation.label)
    updates = section.epochs * len(batch_sizes(len(train), section.batch_size))

    def on_epoch(record: EpochRecord) -> None:
        values = {f"train_{name}": value for name, value in record.train.items()}
        values |= {f"validation_{name}": value for name, value in record.validation.items()}
        values |= {"learning_rate": record.values["lr"], "images_per_second": record.items_per_second}
        run.log(values | {"memory_mib": record.memory_bytes / 2**20}, step=record.epoch, seed=seed)

    return fit(
        step,
        items=len(train),
        epochs=section.epochs,
        batch_size=section.batch_size,
        seed=seed,
        schedules={
            "lr": cosine(section.lr, section.lr_min, updates=updates),
            "weight_decay": constant(section.weight_decay),
        },
        precision=precision,
        validate=lambda: score_logits(predict_logits(network, watched, len(validation), precision=precision), labels),
        checkpoints=Checkpoints(state),
        on_epoch=on_epoch,
        title=f"{row.name}, seed {seed}",
    )


def build_network(
    row: Row, checkpoint: Path | None, mean: list[float], deviation: list[float], *, seed: int
) -> Classifier:
    """The network as training with this seed starts from it: checkpoint loaded, the rest drawn."""
    seed_layers("frozen weights", 0)  # what is frozen but random stands for a checkpoint, the same for all seeds
    network = build_classifier(
        row.entry.architecture(), classes=len(row.classes), size=row.store.size, mean=mean, deviation=deviation
    )
    if checkpoint:
        load_weights(
            network.network, read_checkpoint(checkpoint), is_replaced=network.is_replaced, source=str(checkpoint)
        )
        network.loaded = True
    seed_layers("weights", seed)
    network.reinitialise()
    return network


def find_checkpoint(row: Row) -> Path | None:
    """The file that the row's weights come from; None for random ones."""
    if row.entry.weights == "random":
        return None
    if row.entry.weights != "imagenet":
        return Path(row.entry.weights)
    if not isinstance(row.entry, VGGEntry):
        raise InputError(f"models.{row.name}.weights is imagenet, which only the VGGs have; give random or a path")
    from galaxy.models.pretrained import vgg_checkpoint

    return vgg_checkpoint(row.entry.depth, batch_norm=row.entry.batch_norm, folder=WEIGHTS)


def _normalisation(row: Row) -> tuple[list[float], list[float]]:
    if (row.entry.normalise or ("training" if row.entry.weights == "random" else "imagenet")) == "imagenet":
        return list(IMAGENET_MEAN), list(IMAGENET_DEVIATION)
    return pixel_statistics(row.store.images, row.store.rows_of(row.manifest.where("train").id))


def _write_history(path: Path, records: dict[int, list[EpochRecord]]) -> None:
    lines = ["seed,epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate"]
    for seed, trained in records.items():
        for record in trained:
            values = [record.train["loss"], record.train["accuracy"]]
            values += [record.validation["loss"], record.validation["accuracy"], record.values["lr"]]
            lines.append(",".join([str(seed), str(record.epoch), *(f"{value:.7g}" for value in values)]))
    write_text(path, "\n".join(lines) + "\n")
