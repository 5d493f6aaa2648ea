"""Finds the training galaxies that look most like a galaxy."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.data.manifest import Manifest
from galaxy.data.store import ImageStore
from galaxy.predict.row import Row
from galaxy.predict.similar.nearest import directions
from galaxy.predict.trained_row import BATCH

MOST = 4096
"""Largest number of training galaxies whose features are computed; a larger set is sampled evenly."""


@dataclass(frozen=True, eq=False)
class TrainingGalaxy:
    """A training galaxy near another one; the distance is 1 minus the cosine of the angle between features."""

    id: str
    label: str
    distance: float
    image: NDArray[np.uint8]


class TrainingNeighbours:
    """Training galaxies with their features.

    Args:
        row: The row that makes the features.
        galaxies: All galaxies of the split that the row was trained by.
        store: Their images.
        classes: Names of the classes.
        title: Label of the progress bar.
    """

    def __init__(
        self, row: Row, galaxies: Manifest, store: ImageStore, classes: Sequence[str], *, title: str = "embed"
    ) -> None:
        train = galaxies.where("train")
        chosen = np.unique(np.linspace(0, len(train) - 1, min(MOST, len(train))).round().astype(np.int64))
        self._ids, self._labels, self._classes = train.id[chosen], train.label[chosen], classes
        self._images, self._rows = store.images, store.rows_of(self._ids)
        parts = [
            directions(row.classify(np.asarray(self._images[self._rows[start : start + BATCH]]))[1])
            for start in tqdm(range(0, len(chosen), BATCH), desc=title, unit="batch", disable=None)
        ]
        self._directions = np.concatenate(parts)

    @property
    def files(self) -> list[Path]:
        """Return the memory-mapped file of images."""
        return [Path(str(self._images.filename))]

    def nearest(self, features: NDArray[np.floating], *, count: int) -> list[TrainingGalaxy]:
        """Return the nearest training galaxies, the nearest first.

        Args:
            features: (D,) features of the galaxy.
            count: Number of galaxies to return.
        """
        distance = 1 - self._directions @ directions(features[None])[0]
        order = np.argsort(distance, kind="stable")[:count]
        return [
            TrainingGalaxy(
                str(self._ids[at]),
                self._classes[self._labels[at]],
                max(0.0, float(distance[at])),
                np.asarray(self._images[self._rows[at]]),
            )
            for at in order.tolist()
        ]
