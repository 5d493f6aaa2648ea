"""The interface of a row that is applied to pictures, whether it classifies by a network or by clusters."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.models.saved_network import Description


class Row(Protocol):
    """A row of the table, ready to classify images of its size.

    Attributes:
        folder: Folder with the row's files.
        description: Name, classes, size and crop.
        seeds: Seeds of the trainings or clusterings that are used.
        device: Device that computes.
        batch_size: Number of images that are computed at a time. The stored predictions were computed with 64; other
            numbers may change the last digits.
    """

    folder: Path
    description: Description
    seeds: list[int]
    device: torch.device
    batch_size: int

    @property
    def files(self) -> Sequence[Path]:
        """Return the files that were read."""

    def classify(
        self, images: NDArray[np.uint8], *, symmetries: bool = False, mean_features: bool = False
    ) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Return (n, K) class probabilities and (n, D) features of (n, S, S, 3) uint8 images.

        `symmetries` averages probabilities over the eight flips and quarter turns, `mean_features` averages features,
        too.
        """
