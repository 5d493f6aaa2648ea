"""Finds the weights and the pixel normalisation that a supervised network starts from, and builds the network."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.data.pixel_statistics import has_colour, pixel_statistics
from galaxy.digest import file_sha256
from galaxy.errors import ArgumentError, InputError
from galaxy.models.architecture import build_classifier
from galaxy.models.classifier import Classifier
from galaxy.models.load_weights import load_weights
from galaxy.models.normalise import IMAGENET_MEAN, IMAGENET_STD
from galaxy.models.own_weights import OWN_WEIGHTS, OwnWeights, find_own_weights
from galaxy.models.read_checkpoint import read_checkpoint
from galaxy.models.recorded_normalisation import recorded_normalisation
from galaxy.training.seeding import seed_layers

PUBLISHED = ("imagenet", "pretrained")
"""Values of `weights` for the weights that torchvision (`imagenet`) or timm (`pretrained`) publishes."""


@dataclass(frozen=True, eq=False)
class NetworkPlan:
    """Everything that is needed to build the network of a row for any seed.

    Attributes:
        architecture: `kind` and the keyword arguments of `galaxy.models.architecture.build_classifier`.
        classes: Number of classes.
        size: Width and height of the images in pixels.
        mean: Mean per channel of pixels scaled to [0, 1], in the order red, green, blue.
        std: Standard deviation per channel, in the same units and order.
        checkpoint: File of the pretrained weights; None when all weights are drawn at random.
        checkpoint_sha256: SHA-256 of that file.
        tensors: Tensors of that file by name.
        origin: Text that says where the weights come from.
    """

    architecture: Mapping[str, Any]
    classes: int
    size: int
    mean: list[float]
    std: list[float]
    checkpoint: Path | None
    checkpoint_sha256: str | None
    tensors: Mapping[str, torch.Tensor]
    origin: str

    def build(self, *, seed: int) -> Classifier:
        """Build the network from which the training with this seed starts.

        Tensors of the checkpoint are loaded and the remaining weights are drawn with `seed`. A frozen part without a
        checkpoint is drawn with the same numbers for all seeds, because it takes the place of a checkpoint.
        """
        seed_layers("frozen weights", 0)
        network = build_classifier(
            self.architecture, classes=self.classes, size=self.size, mean=self.mean, std=self.std
        )
        if self.checkpoint:
            tensors = network.converted(self.tensors)
            load_weights(network.network, tensors, is_replaced=network.is_replaced, source=str(self.checkpoint))
            network.loaded = True
        seed_layers("weights", seed)
        network.reinitialise()
        return network

    def replaced(self, network: Classifier) -> list[str]:
        """Return the names of the checkpoint's tensors that `build` replaces by weights drawn at random."""
        return [name for name in network.converted(self.tensors) if network.is_replaced(name)]


def plan_network(
    architecture: Mapping[str, Any],
    *,
    classes: int,
    weights: str,
    normalise: Literal["imagenet", "training"] | Mapping[str, Sequence[float]] | None,
    images: NDArray[np.uint8],
    rows: NDArray[np.int64],
    root: Path,
    verbose: bool = True,
) -> NetworkPlan:
    """Find the weights and the normalisation, and build the network once so that mistakes show before training.

    Args:
        architecture: `kind` and the keyword arguments of `galaxy.models.architecture.build_classifier`.
        classes: Number of classes.
        weights: `random`, a name in `PUBLISHED` or in `OWN_WEIGHTS`, or the path of a checkpoint.
        normalise: Mean and standard deviation by which pixels are normalised: `imagenet` for those of ImageNet,
            `training` for those of the training images, or the numbers themselves as `mean` and `std`. None takes those
            that the weights expect, and for random weights those of the training images.
        images: (M, S, S, 3) uint8, all images of the store.
        rows: (N,) positions of the training galaxies in `images`.
        root: Folder that a relative path in `weights` starts from. Published weights are searched in its subfolder
            `weights` and downloaded if they are not there.
        verbose: Whether to print how many tensors of a checkpoint are used, which layers are initialised at random, and
            the normalisation.

    Raises:
        ArgumentError: If `weights` is neither a known name nor the path of a file.
        InputError: If the weights cannot be read or used, or the architecture does not accept the images.
    """
    own = find_own_weights(weights, architecture) if weights in OWN_WEIGHTS else None
    checkpoint = own.path if own else _find_checkpoint(architecture, weights, root)
    if checkpoint and not has_colour(images, rows):
        raise InputError(
            "the weights expect colour images, but all training images are grey; give images in colour, or "
            "random weights"
        )
    if isinstance(normalise, Mapping):
        mean, std = list(normalise["mean"]), list(normalise["std"])
    elif normalise == "imagenet":
        mean, std = list(IMAGENET_MEAN), list(IMAGENET_STD)
    elif normalise is None and checkpoint:
        mean, std = _expected_statistics(architecture, checkpoint)
    else:
        mean, std = pixel_statistics(images, rows)
    if min(std) <= 0:
        raise InputError(
            "a colour channel has the same value in all pixels of all training images; give images in which all "
            "three channels show the galaxies"
        )
    digest = file_sha256(checkpoint) if checkpoint else None
    plan = NetworkPlan(
        architecture=architecture,
        classes=classes,
        size=int(images.shape[1]),
        mean=mean,
        std=std,
        checkpoint=checkpoint,
        checkpoint_sha256=digest,
        tensors=read_checkpoint(checkpoint) if checkpoint else {},
        origin=_origin(weights, own, digest),
    )
    network = plan.build(seed=0)
    if checkpoint and verbose:
        replaced, count = plan.replaced(network), len(network.converted(plan.tensors))
        drawn = sorted(name for name in network.network.state_dict() if network.is_replaced(name))
        print(
            f"{count - len(replaced)} of {count} tensors are taken from {checkpoint}; initialised at random: "
            f"{', '.join(drawn) or 'none'}",
            file=sys.stderr,
        )
        print(f"pixels are normalised with mean {_rounded(mean)} and deviation {_rounded(std)}", file=sys.stderr)
    return plan


def check_weights(architecture: Mapping[str, Any], *, weights: str, size: int, root: Path) -> None:
    """Check whether a checkpoint is there and fits a network; published weights are downloaded.

    The network is built with the checkpoint, except with torchvision's weights, which are known by their hash.

    Args:
        architecture: As for `plan_network`.
        weights: A name in `PUBLISHED`, or the path of a checkpoint.
        size: Width and height of the images in pixels.
        root: Folder that a relative path in `weights` starts from.

    Raises:
        ArgumentError: If `weights` is neither a known name nor the path of a file.
        InputError: If the weights cannot be read or do not fit the network.
    """
    checkpoint = _find_checkpoint(architecture, weights, root)
    if architecture["kind"] == "vgg" and weights in PUBLISHED:
        return
    NetworkPlan(
        architecture=architecture,
        classes=2,  # any number serves: it only sets the last layer, which is not taken from checkpoints
        size=size,
        mean=list(IMAGENET_MEAN),
        std=list(IMAGENET_STD),
        checkpoint=checkpoint,
        checkpoint_sha256=None,
        tensors=read_checkpoint(checkpoint) if checkpoint else {},
        origin=weights,
    ).build(seed=0)


def _expected_statistics(architecture: Mapping[str, Any], checkpoint: Path) -> tuple[list[float], list[float]]:
    """Return the mean and standard deviation of pixels that the weights in a file expect.

    They are those that the file records, as files of this project do, or those with which timm's weights of this name
    were trained, or else those of ImageNet.
    """
    if recorded := recorded_normalisation(checkpoint):
        return list(recorded[0]), list(recorded[1])
    if architecture["kind"] == "timm":
        from galaxy.models.timm_create import timm_normalisation

        mean, std = timm_normalisation(architecture["name"])
        return list(mean), list(std)
    return list(IMAGENET_MEAN), list(IMAGENET_STD)


def _rounded(values: Sequence[float]) -> str:
    return " ".join(f"{value:.3g}" for value in values)


def _origin(weights: str, own: OwnWeights | None, digest: str | None) -> str:
    if digest is None:
        return "random"
    learnt_from = f", learnt from {own.learnt_from}" if own else ""
    return f"{weights}{learnt_from} (SHA-256 {digest})"


def _find_checkpoint(architecture: Mapping[str, Any], weights: str, root: Path) -> Path | None:
    if weights == "random":
        return None
    if weights not in PUBLISHED:
        path = root / Path(weights).expanduser()
        if not path.is_file():
            raise ArgumentError(
                f"weights is {weights!r}, and there is no such file; "
                f"allowed are random, {', '.join((*OWN_WEIGHTS, *PUBLISHED))} or the path of a checkpoint"
            )
        return path
    kind = architecture["kind"]
    if kind == "vgg":
        if architecture["channels"] is not None:
            raise ArgumentError(
                f"weights is {weights}, which belongs to a VGG with 64 to 512 channels, but channels is "
                f"{architecture['channels']}; set channels to null, or weights to random"
            )
        from galaxy.recipes.vgg_weights import vgg_checkpoint

        return vgg_checkpoint(architecture["depth"], batch_norm=architecture["batch_norm"], folder=root / "weights")
    if kind == "timm":
        from galaxy.models.timm_weights import timm_checkpoint

        return timm_checkpoint(architecture["name"], folder=root / "weights")
    raise ArgumentError(
        f"weights is {weights}, but there are no published weights of the {kind} network; give random or the path of "
        "a checkpoint"
    )
