"""A row of the table as the thing to be trained, and the identity of its training."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from galaxy.data.manifest import Manifest
from galaxy.data.store import IMAGES, ImageStore
from galaxy.device import pick_device
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.recipes.network import NetworkPlan, plan_network
from galaxy.training.code_digest import code_sha256
from stages.sections.train import TrainSection


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
    crop: int | None = None
    """Pixels on a side of the centre crop in the store, for those who apply the row to other images."""

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
    network = plan.build(seed=row.section.seeds[0])
    if plan.checkpoint:
        replaced, count = plan.replaced(network), len(network.converted(plan.tensors))
        print(
            f"{row.name}: {count - len(replaced)} of {count} tensors of {plan.checkpoint} used; "
            f"drawn anew: {', '.join(replaced) or 'none'}",
            file=sys.stderr,
        )
    return plan
