"""Trains one supervised row of the table, once per seed, and predicts the validation and test galaxies."""

import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.data.manifest import Manifest
from galaxy.data.store import ImageStore
from galaxy.models.cost import model_summary
from galaxy.models.saved_network import save_network, weights_name, write_description
from galaxy.models.state_digest import state_sha256
from galaxy.predictions import Predictions, save_predictions
from galaxy.recipes.network import NetworkPlan
from galaxy.recipes.supervised_outs import check_outs, describe_row, stack_predictions, write_history
from galaxy.recipes.tracker import NoTracker, Tracker
from galaxy.recipes.train_network import train_network
from galaxy.recipes.training_inputs import check_training_split, frozen_feature_inputs, frozen_feature_key, image_inputs
from galaxy.recipes.training_spec import TrainingSpec, changes_images
from galaxy.training.distributed import World
from galaxy.training.distributed_layers import join_layers
from galaxy.training.frozen_feature_cache import remove_features
from galaxy.training.inference import predict_logits
from galaxy.training.precision import Precision
from galaxy.training.record import EpochRecord
from galaxy.training.seeding import make_deterministic
from galaxy.training.state_folder import folder_of, state_folder

_ALONE, _NO_TRACKER = World(), NoTracker()


def train_row(
    row: str,
    *,
    plan: NetworkPlan,
    manifest: Manifest,
    store: ImageStore,
    store_sha256: str,
    classes: Sequence[str],
    crop: int | None,
    seeds: Sequence[int],
    device: torch.device,
    cache_bytes: int,
    identity: Mapping[str, Any],
    state: Path,
    output: Path,
    history: Path,
    predictions: Path,
    tracker: Tracker = _NO_TRACKER,
    world: World = _ALONE,
    **spec: Unpack[TrainingSpec],
) -> float:
    """Train a row once per seed and write its networks, learning curves and predictions.

    A call that was killed resumes from `state` when it is repeated, and then writes the same bytes as a call that was
    not. The saved state and the stored features are removed after the outs have been written and read back.

    Args:
        row: Name of the row.
        plan: Plan of the network, see `galaxy.recipes.network.plan_network`.
        manifest: Labels and split of all galaxies.
        store: Images of all galaxies.
        store_sha256: SHA-256 of the images' file.
        classes: Class names in label order.
        crop: Width in pixels of the centre crop that the store was made from; None for whole images. It is only
            written to `model.json`, because other images must be cropped in the same way.
        seeds: Seeds, one for each training; a seed decides initial weights, order of the galaxies and augmentation.
        device: Device of this process.
        cache_bytes: Largest number of bytes that cached features of frozen network parts may take on disk.
        identity: JSON values of everything that decides the outs; state of another identity is never resumed from.
        state: Folder for the state of unfinished trainings and for cached features.
        output: Folder of the networks; replaced when it exists.
        history: CSV file of the learning curves.
        predictions: `.npz` file with the class probabilities of the validation and test galaxies.
        tracker: Receives learning curves and final figures.
        world: Processes that train together; only the leading one writes files.
        **spec: Settings, see `TrainingSpec`.

    Returns:
        Seconds that the training of one seed took, averaged over the seeds.

    Raises:
        InputError: If the training split does not suit the batch size or the classes, or training diverges.
        RuntimeError: If training has changed a frozen weight, which would be a defect of this code.
    """
    check_training_split(manifest, classes, spec["batch_size"])
    make_deterministic(compiled=spec["compiled"])
    precision, chunk = Precision.of(device), spec["batch_size"]
    evaluated = manifest.where("validation", "test")
    part = output.with_name(f".{output.name}.part")
    histories: dict[int, list[EpochRecord]] = {}
    probabilities: list[NDArray[np.float32]] = []
    files: dict[str, str] = {}
    feature_keys: set[str] = set()  # of the stored features that this training has used
    seconds = 0.0
    name = f"train-{row}"
    locked = state_folder(state / "training", name, identity) if world.leads else None
    with locked or nullcontext(folder_of(state / "training", name, identity)) as folder:
        world.wait()  # so that the leading process has the lock before the others go on
        if world.leads:
            shutil.rmtree(part, ignore_errors=True)
        for seed in seeds:
            started = time.perf_counter()
            network = plan.build(seed=seed).to(device)
            network.to(memory_format=torch.channels_last)
            frozen = state_sha256(network.frozen_tensors())
            features = None
            if network.has_frozen_part and not changes_images(spec):
                key = frozen_feature_key(
                    network,
                    store_sha256=store_sha256,
                    architecture=plan.architecture,
                    precision=precision,
                    chunk=chunk,
                )
                feature_keys.add(key)
                with world.leader_first():  # the other processes then find the features in the cache
                    features = frozen_feature_inputs(
                        network,
                        store,
                        key=key,
                        precision=precision,
                        chunk=chunk,
                        folder=state / "features",
                        limit=cache_bytes,
                    )
            read, gives_features = features or image_inputs(store, device=device), features is not None
            join_layers(network.network, world)
            histories[seed] = train_network(
                network,
                read,
                gives_features=gives_features,
                manifest=manifest,
                seed=seed,
                precision=precision,
                folder=folder / f"seed-{seed}",
                title=f"{row}, seed {seed}",
                tracker=tracker,
                world=world,
                **spec,
            )
            if state_sha256(network.frozen_tensors()) != frozen:
                raise RuntimeError("training has changed frozen weights")
            # A resumed training has spent the seconds of its records, not only those of this process.
            spent = sum(record.seconds for record in histories[seed])
            seconds += max(time.perf_counter() - started, spent) / len(seeds)
            logits = predict_logits(
                network,
                read(evaluated.id),
                len(evaluated),
                precision=precision,
                chunk=chunk,
                gives_features=gives_features,
                world=world,
            )
            probabilities.append(torch.softmax(logits.double(), dim=1).float().numpy())
            if world.leads:
                files[weights_name(seed)] = save_network(part, network, seed=seed)
        if world.leads:
            found = stack_predictions(evaluated, seeds=seeds, probabilities=probabilities, classes=classes)
            description = describe_row(row, plan, network, manifest=manifest, classes=classes, crop=crop, files=files)
            write_description(part, description)
            write_history(history, histories)
            save_predictions(predictions, found)
            shutil.rmtree(output, ignore_errors=True)
            part.rename(output)
            check_outs(output, predictions, found)
            for key in feature_keys:
                remove_features(state / "features", key)
            tracker.summary({"test_accuracy": _accuracy(found.where("test")), "training_seconds": seconds})
            tracker.text("model_summary.txt", model_summary(network, store.size))
            tracker.outputs([predictions])
    return seconds


def _accuracy(predictions: Predictions) -> float:
    """Return the share of galaxies whose predicted class is right, over all seeds."""
    return float((predictions.probability.argmax(2) == predictions.label).mean())
