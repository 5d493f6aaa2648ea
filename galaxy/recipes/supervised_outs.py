"""Writes and checks the files of a trained supervised row: description, learning curves and predictions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.atomic import write_and_check
from galaxy.data.manifest import Manifest
from galaxy.errors import InputError
from galaxy.models.classifier import Classifier
from galaxy.models.cost import multiply_adds
from galaxy.models.saved_network import Description, load_network
from galaxy.predictions import Predictions, load_predictions
from galaxy.recipes.network import NetworkPlan
from galaxy.training.record import EpochRecord

HEADER = "seed,epoch,train_loss,train_accuracy,validation_loss,validation_accuracy,learning_rate"


def describe_row(
    row: str,
    plan: NetworkPlan,
    network: Classifier,
    *,
    manifest: Manifest,
    classes: Sequence[str],
    crop: int | None,
    files: Mapping[str, str],
) -> Description:
    """Return the content of `model.json` for networks that `plan` built and that are in `files` (SHA-256 by name).

    Args:
        row: Name of the row.
        plan: Plan that the networks were built from.
        network: One of the networks.
        manifest: Labels and split of all galaxies.
        classes: Class names in label order.
        crop: Width in pixels of the centre crop that the store was made from; None for whole images.
        files: SHA-256 of each weights file, by name.
    """
    parameters = list(network.network.parameters())
    return Description(
        row=row,
        architecture=plan.architecture,
        weights=plan.origin,
        replaced=plan.replaced(network),
        classes=classes,
        size=plan.size,
        crop=crop,
        mean=plan.mean,
        std=plan.std,
        manifest=manifest.sha256,
        files=files,
        parameters=sum(parameter.numel() for parameter in parameters),
        trainable_parameters=sum(parameter.numel() for parameter in parameters if parameter.requires_grad),
        multiply_adds=multiply_adds(network, plan.size),
    )


def stack_predictions(
    galaxies: Manifest, *, seeds: Sequence[int], probabilities: Sequence[NDArray[np.float32]], classes: Sequence[str]
) -> Predictions:
    """Return the predictions for `galaxies` from one (N, K) array of class probabilities per seed.

    Args:
        galaxies: The N validation and test galaxies.
        seeds: Seeds of the trainings.
        probabilities: (N, K) class probabilities of each training.
        classes: Class names in label order.
    """
    return Predictions(
        id=galaxies.id,
        split=galaxies.split,
        label=galaxies.label,
        seed=np.array(seeds, dtype=np.int64),
        probability=np.stack(probabilities),
        classes=np.array(classes),
        manifest=galaxies.sha256,
    )


def write_history(path: Path, histories: Mapping[int, Sequence[EpochRecord]]) -> None:
    """Write the learning curves as CSV, with a line for each seed and epoch; epochs are counted from 0.

    Losses are in nats; the learning rate is that of the epoch's last update. Times are not written, because they would
    make the file differ from run to run.
    """
    lines = [HEADER]
    for seed, records in histories.items():
        for record in records:
            values = [record.train["loss"], record.train["accuracy"]]
            values += [record.validation["loss"], record.validation["accuracy"], record.values["lr"]]
            lines.append(",".join([str(seed), str(record.epoch), *(f"{value:.7g}" for value in values)]))
    write_and_check(path, "\n".join(lines) + "\n")


def epoch_curves(record: EpochRecord) -> dict[str, float]:
    """Return the values of one epoch by the names of their learning curves."""
    values = {f"train_{name}": value for name, value in record.train.items()}
    values |= {f"validation_{name}": value for name, value in record.validation.items()}
    values |= {"learning_rate": record.values["lr"], "images_per_second": record.items_per_second}
    return values | {"memory_mib": record.memory_bytes / 2**20}


def check_outs(networks: Path, predictions: Path, expected: Predictions) -> None:
    """Read back what was written, so that the state of a training is only removed when nothing needs it any more.

    Raises:
        InputError: If a file cannot be read or differs from what was written.
    """
    for seed in expected.seed:
        load_network(networks, seed=int(seed))
    if not np.array_equal(load_predictions(predictions).probability, expected.probability):
        raise InputError(f"{predictions} contains other values than were written; check the disk and start again")
