"""How the network of a row is built: where its weights and its normalisation come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.data.pixel_statistics import has_colour, pixel_statistics
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models.architecture import build_classifier
from galaxy.models.classifier import Classifier
from galaxy.models.normalise import IMAGENET_DEVIATION, IMAGENET_MEAN
from galaxy.models.weights import load_weights, read_checkpoint
from galaxy.training.seeding import seed_layers
from stages._stage import from_root
from stages.sections.models import TimmEntry, VGGEntry

WEIGHTS = from_root("weights")
"""Where checkpoints that a person fetched are looked for."""

NAMED = ("imagenet", "pretrained")
"""Values of `weights` that name what torchvision or timm has published."""


@dataclass(frozen=True, eq=False)
class NetworkPlan:
    """All that is needed to build the network of a row for any seed.

    Attributes:
        architecture: Kind and arguments.
        classes: Their number.
        size: Pixels on a side.
        mean: Of pixels scaled to [0, 1], per channel.
        deviation: Likewise.
        checkpoint: The file of the weights; None for random ones.
        checkpoint_sha256: Of that file.
        tensors: What it holds.
        origin: Where the weights come from, for people.
    """

    architecture: Mapping[str, Any]
    classes: int
    size: int
    mean: list[float]
    deviation: list[float]
    checkpoint: Path | None
    checkpoint_sha256: str | None
    tensors: Mapping[str, torch.Tensor]
    origin: str

    def build(self, *, seed: int) -> Classifier:
        """The network as training with this seed starts from it: checkpoint loaded, the rest drawn."""
        # What is frozen but random stands for a checkpoint, so it is the same for all seeds.
        seed_layers("frozen weights", 0)
        network = build_classifier(
            self.architecture, classes=self.classes, size=self.size, mean=self.mean, deviation=self.deviation
        )
        if self.checkpoint:
            tensors = network.converted(self.tensors)
            load_weights(network.network, tensors, is_replaced=network.is_replaced, source=str(self.checkpoint))
            network.loaded = True
        seed_layers("weights", seed)
        network.reinitialise()
        return network

    def replaced(self, network: Classifier) -> list[str]:
        """Names of the checkpoint's tensors that `build` leaves out; all others are used."""
        return [name for name in network.converted(self.tensors) if network.is_replaced(name)]


def plan_network(
    row: str, entry: Any, *, classes: int, images: NDArray[np.uint8], rows: NDArray[np.int64]
) -> NetworkPlan:
    """Find the weights of a row and the normalisation that they or the training images ask for.

    Args:
        row: Named in messages.
        entry: Of `models` in params.yaml.
        classes: Their number.
        images: (M, s, s, 3) uint8, all of the store.
        rows: Positions of the training galaxies in it.

    Raises:
        InputError: If the weights are not to be had, or expect colours where the images have none.
    """
    checkpoint = _checkpoint(row, entry)
    if checkpoint and not has_colour(images, rows):
        raise InputError(f"models.{row}: the weights expect colour images, but all training images are grey")
    if (entry.normalise or ("pretrained" if checkpoint else "training")) == "training":
        mean, deviation = pixel_statistics(images, rows)
    elif entry.normalise is None and isinstance(entry, TimmEntry):
        from galaxy.models.timm_create import timm_normalisation

        mean, deviation = timm_normalisation(entry.name)
    else:
        mean, deviation = list(IMAGENET_MEAN), list(IMAGENET_DEVIATION)
    if min(deviation) <= 0:
        raise InputError("a colour channel is the same in all pixels of all training images; nothing can be learnt")
    digest = file_sha256(checkpoint) if checkpoint else None
    return NetworkPlan(
        architecture=entry.architecture(),
        classes=classes,
        size=int(images.shape[1]),
        mean=mean,
        deviation=deviation,
        checkpoint=checkpoint,
        checkpoint_sha256=digest,
        tensors=read_checkpoint(checkpoint) if checkpoint else {},
        origin=f"{entry.weights} (SHA-256 {digest})" if checkpoint else "random",
    )


def _checkpoint(row: str, entry: Any) -> Path | None:
    if entry.weights == "random":
        return None
    if entry.weights not in NAMED:
        path = from_root(entry.weights)
        if not path.is_file():
            raise InputError(
                f"models.{row}.weights is {entry.weights!r}, and there is no such file; "
                f"allowed are random, {', '.join(NAMED)} or the path of a checkpoint"
            )
        return path
    if isinstance(entry, VGGEntry):
        if entry.channels is not None:
            raise InputError(
                f"models.{row}.weights is {entry.weights}, whose VGG has its own 64 to 512 channels; "
                "give channels: null, or weights: random"
            )
        from galaxy.models.pretrained import vgg_checkpoint

        return vgg_checkpoint(entry.depth, batch_norm=entry.batch_norm, folder=WEIGHTS)
    if isinstance(entry, TimmEntry):
        from galaxy.models.timm_weights import timm_checkpoint

        return timm_checkpoint(entry.name, folder=WEIGHTS)
    raise InputError(f"models.{row}.weights is {entry.weights}; the custom network has none: give random or a path")
