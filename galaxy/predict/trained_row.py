"""A trained row of the table, ready to classify images of its size."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from galaxy.errors import InputError
from galaxy.models.classifier import Classifier
from galaxy.models.saved_network import DESCRIPTION, Description, load_network, read_description
from galaxy.training.inference import predict_logits
from galaxy.training.precision import Precision

BATCH = 64
_LEAST = 16
"""Smaller batches are padded to this size: products of few rows are summed in another order than in training."""


@dataclass(eq=False)
class TrainedRow:
    """The networks of one row.

    Attributes:
        folder: Folder with `model.json` and the weights.
        description: Content of `model.json`.
        seeds: Seeds of the trainings that are used.
        networks: Network of each seed, in evaluation mode on `device`.
        device: Device that computes.
        batch_size: Number of images that are computed at a time. The stored predictions were computed with 64; other
            numbers may change the last digits.
    """

    folder: Path
    description: Description
    seeds: list[int]
    networks: list[Classifier]
    device: torch.device
    batch_size: int = BATCH

    @property
    def files(self) -> list[Path]:
        """Return the files that were read."""
        return [self.folder / DESCRIPTION, *(self.folder / name for name in self.description.files)]

    def classify(
        self, images: NDArray[np.uint8], *, symmetries: bool = False, mean_features: bool = False
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Return class probabilities and features of images.

        Args:
            images: (n, S, S, 3) uint8 of the size that the row was trained at.
            symmetries: Whether probabilities are means over the eight flips and quarter turns.
            mean_features: Whether features are means over these as well; else they are those of the image as it is.

        Returns:
            (n, K) probabilities, means over the trainings, and (n, D) features: what enters the last linear layer of
            the first training's network.
        """
        filled = torch.from_numpy(np.concatenate([images, np.repeat(images[-1:], self._fill(len(images)), axis=0)]))
        ways = symmetries_of(filled) if symmetries else [filled]
        seen: list[NDArray[np.float32]] = []
        total = np.zeros((len(filled), len(self.description.classes)))
        for number, network in enumerate(self.networks):
            for turn, way in enumerate(ways):
                kept: list[torch.Tensor] = []
                logits = self._logits(network, way, kept)
                if number == 0 and (turn == 0 or mean_features):
                    seen.append(torch.cat(kept).numpy())
                total += torch.softmax(logits.double(), dim=1).numpy()
        probability = total / (len(self.networks) * len(ways))
        features: NDArray[np.float32] = np.stack(seen).mean(axis=0) if len(seen) > 1 else seen[0]
        return probability[: len(images)], features[: len(images)]

    def _fill(self, count: int) -> int:
        rest = count % self.batch_size
        return max(0, _LEAST - rest) if rest else 0

    def _logits(self, network: Classifier, images: torch.Tensor, kept: list[torch.Tensor]) -> torch.Tensor:
        def keep(_: nn.Module, inputs: tuple[Any, ...]) -> None:
            kept.append(inputs[0].detach().float().flatten(1).cpu())

        hook = last_linear(network).register_forward_pre_hook(keep)
        try:
            return predict_logits(
                network,
                lambda at: images[at].to(self.device),
                len(images),
                precision=Precision.of(self.device),
                chunk=self.batch_size,
            )
        finally:
            hook.remove()


def load_row(folder: Path, *, device: torch.device, seeds: Sequence[int] | None = None) -> TrainedRow:
    """Load the networks of a trained row.

    Args:
        folder: Folder with `model.json`.
        device: Device that computes.
        seeds: Seeds of the trainings to use; None uses all.

    Returns:
        The row, with its networks in evaluation mode on `device`.

    Raises:
        InputError: If the row is not trained, has no such seed, or a file is missing or damaged.
    """
    description = read_description(folder)
    matches = [re.fullmatch(r"seed-(\d+)\.safetensors", name) for name in description.files]
    trained = [int(match[1]) for match in matches if match]
    for seed in seeds or ():
        if seed not in trained:
            raise InputError(f"{folder} has no training with seed {seed}; it has {', '.join(map(str, trained))}")
    wanted = list(seeds) if seeds else trained
    if not wanted:
        raise InputError(f"{folder / DESCRIPTION} names no weights; train, export or fetch the row again")
    networks = [load_network(folder, seed=seed)[0].to(device) for seed in wanted]
    for network in networks:
        network.to(memory_format=torch.channels_last)
    return TrainedRow(folder, description, wanted, networks, device)


def last_linear(network: Classifier) -> nn.Module:
    """Return the linear layer that gives the logits.

    Raises:
        InputError: If the network has no linear layer.
    """
    layers = [module for module in network.network.modules() if isinstance(module, nn.Linear)]
    if not layers:
        raise InputError("the network has no linear layer; its features cannot be compared")
    return layers[-1]


def symmetries_of(images: torch.Tensor) -> list[torch.Tensor]:
    """Return the eight flips and quarter turns of (n, S, S, 3) images."""
    turned = [torch.rot90(images, quarter, dims=(1, 2)) for quarter in range(4)]
    return [image.contiguous() for way in turned for image in (way, way.flip(2))]
