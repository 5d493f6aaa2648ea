"""The trainings of a row, one per seed, with what they share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from galaxy.models.classifier import Classifier
from galaxy.models.state_digest import state_sha256
from galaxy.recipes.network import NetworkPlan
from galaxy.recipes.train_inputs import Inputs, make_inputs
from galaxy.recipes.train_seed import train_seed
from galaxy.recipes.training_spec import Row
from galaxy.training.distributed import World
from galaxy.training.distributed_layers import join_layers
from galaxy.training.record import EpochRecord


@dataclass(frozen=True, eq=False)
class Training:
    """A network that has been trained with one seed, what it read, and its epochs."""

    seed: int
    network: Classifier
    inputs: Inputs
    records: list[EpochRecord]


def trainings(
    row: Row,
    plan: NetworkPlan,
    run: Any,
    device: torch.device,
    *,
    identity: Mapping[str, Any],
    state: Path,
    folder: Path,
    world: World,
) -> Iterator[Training]:
    """Train once per seed of the row, in order; a training is done when it is yielded.

    Args:
        row: What is trained.
        plan: How its network is built.
        run: Where curves go.
        device: Of this process.
        identity: Of the training.
        state: Parent of the kept features.
        folder: Of the unfinished trainings.
        world: The processes that train together.

    Raises:
        RuntimeError: If a frozen weight has changed, which would be a defect.
    """
    world.wait()
    for seed in row.section.seeds:
        network = plan.build(seed=seed).to(device)
        network.to(memory_format=torch.channels_last)
        frozen = state_sha256(network.frozen_tensors())
        known = {key: identity[key] for key in ("store", "code", "torch", "device")}
        # Equal tensors do not make equal features: pooling and padding are in the architecture alone.
        whole = {**known, "frozen": frozen, "architecture": dict(plan.architecture)}
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
        if state_sha256(network.frozen_tensors()) != frozen:
            raise RuntimeError("training has changed frozen weights")
        yield Training(seed, network, inputs, records)
