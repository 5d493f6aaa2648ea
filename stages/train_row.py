"""All trainings of one row: what `stages.train` does once its parameters are read."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from galaxy.data.manifest import Manifest
from galaxy.data.store import IMAGES, ImageStore
from galaxy.device import pick_device
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models.classifier import Classifier
from galaxy.models.cost import multiply_adds
from galaxy.models.stored import Description, save_network, weights_name, write_description
from galaxy.predictions import Predictions, save_predictions
from galaxy.training.code_digest import code_sha256
from galaxy.training.distributed import World, device_of
from galaxy.training.distributed_layers import join_layers
from galaxy.training.inference import predict_logits
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.seeding import make_deterministic
from galaxy.training.state_folder import folder_of, state_folder
from galaxy.training.tensor_digest import tensors_sha256
from stages.train_history import write_history
from stages.train_inputs import Inputs, make_inputs
from stages.train_network import NetworkPlan, plan_network
from stages.train_section import TrainSection
from stages.train_seed import train_seed

_ALONE = World()


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

    def __post_init__(self) -> None:
        """Refuse a training that cannot work.

        Raises:
            InputError: If the training split is smaller than a batch or lacks a class.
        """
        labels = self.manifest.where("train").label
        if self.section.batch_size > len(labels):
            raise InputError(
                f"train.batch_size is {self.section.batch_size}; the training split has {len(labels)} galaxies"
            )
        counts = np.bincount(labels, minlength=len(self.classes))
        if len(counts) > len(self.classes):
            raise InputError(f"the manifest has label {len(counts) - 1}; there are {len(self.classes)} classes")
        if not counts.all():
            name = self.classes[int(np.argmin(counts))]
            raise InputError(f"class {name!r} has no galaxy in the training split; give more galaxies or fewer classes")


def identity(row: Row, plan: NetworkPlan) -> dict[str, Any]:
    """All that decides the bytes of the outs: a killed training resumes only from state of the same identity."""
    return {
        "row": row.name,
        "train": row.section.model_dump(),
        "model": row.entry.model_dump(),
        "weights": plan.checkpoint_sha256,
        "manifest": row.manifest.sha256,
        "classes": list(row.classes),
        "store": file_sha256(row.store_folder / IMAGES),
        "code": code_sha256("galaxy", "stages"),
        "torch": torch.__version__,
        "device": pick_device(os.environ.get("GALAXY_DEVICE")).type,
    }


def plan_row(row: Row) -> NetworkPlan:
    """Find the weights, measure the normalisation, and build the network once, so that errors come first."""
    train = row.manifest.where("train")
    plan = plan_network(
        row.name, row.entry, classes=len(row.classes), images=row.store.images, rows=row.store.rows_of(train.id)
    )
    plan.build(seed=row.section.seeds[0])
    return plan


def train_row(
    row: Row,
    plan: NetworkPlan,
    run: Any,
    *,
    identity: Mapping[str, Any],
    state: Path,
    output: Path,
    history: Path,
    predictions: Path,
    world: World = _ALONE,
) -> None:
    """Train once per seed and write the row's outs, all of them at the end.

    Args:
        row: What is trained.
        plan: How its network is built.
        run: Where curves go.
        identity: What `identity` gives.
        state: The ignored folder for unfinished trainings and kept features.
        output: Folder of the networks.
        history: CSV of the curves.
        predictions: Of the validation and test galaxies.
        world: The processes that train together; the one that leads writes.
    """
    make_deterministic()
    device = device_of(pick_device(os.environ.get("GALAXY_DEVICE")))
    if not world.leads:
        folder = folder_of(state / "training", f"train-{row.name}", identity)
        for _ in _trainings(row, plan, run, device, identity=identity, state=state, folder=folder, world=world):
            pass
        return
    asked = row.manifest.where("validation", "test")
    probabilities: list[Any] = []
    records: dict[int, list[EpochRecord]] = {}
    files: dict[str, str] = {}
    part = output.with_name(f".{output.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    with state_folder(state / "training", f"train-{row.name}", identity) as folder:
        for done in _trainings(row, plan, run, device, identity=identity, state=state, folder=folder, world=world):
            records[done.seed] = done.records
            probabilities.append(_probabilities(row, done.network, done.inputs, asked))
            files[weights_name(done.seed)] = save_network(part, done.network, seed=done.seed)
        write_description(part, _describe(row, plan, done.network, files))
        write_history(history, records)
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
    right = (found.probability.argmax(2) == asked.label)[:, asked.split == "test"]
    run.summary({"test_accuracy": float(right.mean())})
    run.outputs([predictions])


@dataclass(frozen=True, eq=False)
class _Training:
    seed: int
    network: Classifier
    inputs: Inputs
    records: list[EpochRecord]


def _trainings(
    row: Row,
    plan: NetworkPlan,
    run: Any,
    device: torch.device,
    *,
    identity: Mapping[str, Any],
    state: Path,
    folder: Path,
    world: World,
) -> Iterator[_Training]:
    world.wait()
    for seed in row.section.seeds:
        network = plan.build(seed=seed).to(device)
        network.to(memory_format=torch.channels_last)
        frozen = tensors_sha256(network.frozen_tensors())
        whole = {**{key: identity[key] for key in ("store", "code", "torch", "device")}, "frozen": frozen}
        make = partial(
            make_inputs,
            network,
            row.store,
            device,
            chunk=row.section.batch_size,
            folder=state / "features",
            identity=whole,
            keep=not row.section.augments(),
        )
        if world.leads:
            inputs = make()
        world.wait()  # the others find what the leading process has kept
        if not world.leads:
            inputs = make()
        join_layers(network.network, world)
        records = train_seed(row, network, inputs, run, seed=seed, state=folder / f"seed-{seed}", world=world)
        if tensors_sha256(network.frozen_tensors()) != frozen:
            raise RuntimeError("training has changed frozen weights")
        yield _Training(seed, network, inputs, records)


def _probabilities(row: Row, network: Classifier, inputs: Inputs, asked: Manifest) -> Any:
    logits = predict_logits(
        network,
        inputs.source(asked.id),
        len(asked),
        precision=Precision.of(inputs.device),
        chunk=row.section.batch_size,
        kept=inputs.kept,
    )
    return torch.softmax(logits.double(), dim=1).float().numpy()


def _describe(row: Row, plan: NetworkPlan, network: Classifier, files: Mapping[str, str]) -> Description:
    return Description(
        row=row.name,
        architecture=row.entry.architecture(),
        weights=plan.origin,
        classes=row.classes,
        size=row.store.size,
        mean=plan.mean,
        deviation=plan.deviation,
        manifest=row.manifest.sha256,
        files=files,
        parameters=sum(parameter.numel() for parameter in network.network.parameters()),
        trainable_parameters=sum(p.numel() for p in network.network.parameters() if p.requires_grad),
        multiply_adds=multiply_adds(network, row.store.size),
    )
