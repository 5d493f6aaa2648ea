"""What a run of the pipeline computes and moves, from multiply-adds and bytes, and how long that takes at the least.

Supervised rows are counted on torch's device `meta`, which knows shapes and computes nothing; transformers, which ask
for the kind of device, on one image on the CPU.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from galaxy.models.architecture import build_classifier
from galaxy.models.dino_backbone import create_backbone
from galaxy.models.dino_head import DinoHead
from galaxy.models.dino_network import DinoNetwork
from galaxy.models.lora import attach_adapters

DEVICES = {"H100": (989e12, 3.35e12), "A100": (312e12, 2.04e12)}
"""FLOP/s of dense bfloat16 matrix products and bytes/s of memory, by the data sheets (SXM, 80 GB)."""

_ROWS = 2  # images in a counted batch of a supervised row, the least for batch normalisation
_PER_WEIGHT = 40  # bytes of an update: two reads in the passes, a gradient written, AdamW's four reads and three writes
_BYTES = 2  # of a value in bfloat16


@dataclass(frozen=True)
class Work:
    """Number of multiply-adds, and of bytes that are read from or written to the device's memory."""

    multiply_adds: float
    moved: float

    def __add__(self, other: "Work") -> "Work":
        return Work(self.multiply_adds + other.multiply_adds, self.moved + other.moved)

    def __mul__(self, times: float) -> "Work":
        return Work(self.multiply_adds * times, self.moved * times)

    def least_seconds(self, device: str) -> float:
        """Time on a device that reaches its highest rate, of arithmetic or of memory, whichever takes longer."""
        rate, bandwidth = DEVICES[device]
        return max(2 * self.multiply_adds / rate, self.moved / bandwidth)


@dataclass(frozen=True)
class Counts:
    """Number of galaxies in each split."""

    train: int
    validation: int
    test: int

    @property
    def total(self) -> int:
        """Return the number of all galaxies."""
        return self.train + self.validation + self.test


def row_work(architecture: Mapping[str, Any], train: Any, *, size: int, counts: Counts) -> Work:
    """All trainings of a supervised row: the frozen part once, then updates and validation of each epoch and seed.

    Args:
        architecture: Arguments of `build_classifier`.
        train: Section `train` of params.yaml.
        size: Pixels on a side.
        counts: Galaxies in each split.
    """
    with torch.device("meta"):
        network = build_classifier(architecture, classes=10, size=size, mean=(0.5,) * 3, std=(0.25,) * 3)
        pixels = network.normalise(torch.zeros(_ROWS, size, size, 3, dtype=torch.uint8))
    frozen = Work(0, 0)
    features = pixels
    if network.has_frozen_part:
        frozen, features = _count(
            network, lambda: network.frozen_part(pixels.requires_grad_()), images=_ROWS, backward=False
        )
        features = features.detach()
    forward, _ = _count(network, lambda: network.learning_part(features), images=_ROWS, backward=False)
    update, _ = _count(network, lambda: network.learning_part(features), images=_ROWS, backward=True)
    weights = sum(t.numel() for t in network.learning_tensors().values() if isinstance(t, nn.Parameter))
    updates = train.epochs * -(-counts.train // train.batch_size)
    one: Work = update * (train.epochs * counts.train) + Work(0, _PER_WEIGHT * weights * updates)
    one += forward * (train.epochs * counts.validation)
    whole: Work = frozen * counts.total + one * len(train.seeds)
    return whole


def finetune_work(dino: Any, section: Any, *, counts: Counts) -> Work:
    """DINO's self-distillation: student on all views, teacher on the two global ones.

    Args:
        dino: Section `dino` of params.yaml.
        section: Section `dino_finetune`.
        counts: Galaxies in each split.
    """
    given = section.arguments()
    backbone = create_backbone(dino.backbone, seed=0)
    attach_adapters(backbone, **given["lora"], seed=0)
    head = DinoHead(backbone.embed_dim, **given["head"], seed=0)
    network = DinoNetwork(backbone, head, interpolation=dino.positions)
    crops = given["crops"]
    sides = [crops["global_size"]] * 2 + [crops["local_size"]] * crops["local_count"]
    views = [torch.zeros(1, 3, side, side) for side in sides]
    student, _ = _count(network, lambda: network(views)[1], images=1, backward=True)
    teacher, _ = _count(network, lambda: network(views[:2])[1], images=1, backward=False)
    weights = sum(p.numel() for p in network.parameters() if p.requires_grad)
    images = counts.train if section.images is None else section.images
    updates: int = section.epochs * (images // given["batch_size"])
    seen = float(updates * given["batch_size"])
    return (student + teacher) * seen + Work(0, _PER_WEIGHT * weights * updates)


def _count(
    network: nn.Module, forward: Callable[[], torch.Tensor], *, images: int, backward: bool
) -> tuple[Work, torch.Tensor]:
    """Work of one of the images, and what `forward` returns for all of them.

    Values that are kept for the backward pass are written once and read once; with a backward pass their gradients as
    well.
    """
    weights = {_storage(parameter) for parameter in network.parameters()}
    kept: dict[int, torch.Tensor] = {}  # by its storage

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        if _storage(tensor) not in weights:
            kept[_storage(tensor)] = tensor
        return tensor

    with FlopCounterMode(display=False) as counter:
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            result = forward()
        if backward:
            result.float().sum().backward()  # type: ignore[no-untyped-call]
    moved = sum(tensor.numel() for tensor in kept.values()) * _BYTES * (4 if backward else 2)
    return Work(counter.get_total_flops() / 2 / images, moved / images), result


def _storage(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)  # noqa: SLF001 - on the device `meta` all data lie at address 0
