"""All trainings of one row: what `stages.train` does once its parameters are read."""

import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from galaxy.data.manifest import Manifest
from galaxy.device import pick_device
from galaxy.models.classifier import Classifier
from galaxy.models.cost import model_summary, multiply_adds
from galaxy.models.stored import Description, save_network, weights_name, write_description
from galaxy.predictions import Predictions, save_predictions
from galaxy.recipes.network import NetworkPlan
from galaxy.recipes.train_history import write_history
from galaxy.recipes.train_inputs import Inputs
from galaxy.recipes.train_seeds import trainings
from galaxy.recipes.train_throughput import images_per_second
from galaxy.recipes.training_spec import Row
from galaxy.training.distributed import World, device_of
from galaxy.training.inference import predict_logits
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.seeding import make_deterministic
from galaxy.training.state_folder import folder_of, state_folder
from galaxy.workbench.stage_log import record_cost

_ALONE = World()


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
    make_deterministic(compiled=row.section.compile)
    device = device_of(pick_device(os.environ.get("GALAXY_DEVICE")))
    if not world.leads:
        folder = folder_of(state / "training", f"train-{row.name}", identity)
        for _ in trainings(row, plan, run, device, identity=identity, state=state, folder=folder, world=world):
            pass
        return
    asked = row.manifest.where("validation", "test")
    probabilities: list[Any] = []
    records: dict[int, list[EpochRecord]] = {}
    files: dict[str, str] = {}
    part = output.with_name(f".{output.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    spent, started = 0.0, time.perf_counter()
    with state_folder(state / "training", f"train-{row.name}", identity) as folder:
        for done in trainings(row, plan, run, device, identity=identity, state=state, folder=folder, world=world):
            spent += time.perf_counter() - started
            records[done.seed] = done.records
            probabilities.append(_probabilities(row, done.network, done.inputs, asked))
            files[weights_name(done.seed)] = save_network(part, done.network, seed=done.seed)
            started = time.perf_counter()
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
    # A resumed training remembers the time of all its updates, the clock only that of this process.
    updates = sum(record.seconds for epochs in records.values() for record in epochs)
    seconds = max(spent, updates) / len(records)
    speed = images_per_second(done.network, row.store, device, chunk=row.section.batch_size)
    record_cost(row.name, training_seconds=seconds, images_per_second=speed)
    costs = {"training_seconds": seconds, "inference_images_per_second": speed}
    run.summary({"test_accuracy": float(right.mean()), **costs})
    run.text("model_summary.txt", model_summary(done.network, row.store.size))
    run.outputs([predictions])


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
        replaced=plan.replaced(network),
        classes=row.classes,
        size=row.store.size,
        crop=row.crop,
        mean=plan.mean,
        deviation=plan.deviation,
        manifest=row.manifest.sha256,
        files=files,
        parameters=sum(parameter.numel() for parameter in network.network.parameters()),
        trainable_parameters=sum(p.numel() for p in network.network.parameters() if p.requires_grad),
        multiply_adds=multiply_adds(network, row.store.size),
    )
