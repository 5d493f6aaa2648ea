"""Finds the galaxies of a stream that are nearest to others in feature space, exactly and in bounded memory."""

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from galaxy.predict.picture import Picture
from galaxy.predict.similar.best_of_batch import best_of_batch
from galaxy.predict.stream import Batch


@dataclass(frozen=True, eq=False)
class Neighbour:
    """A galaxy near another one.

    Attributes:
        picture: The galaxy, with its image at the row's size.
        distance: One minus the cosine of the angle between the features, 0 for equal directions, at most 2.
        probability: (K,) class probabilities.
    """

    picture: Picture
    distance: float
    probability: NDArray[np.float64]


class Nearest:
    """Keeps the nearest neighbours of Q galaxies among those of a stream.

    The nearest of each batch are found at once; a heap for each of the Q galaxies keeps the best, so
    memory depends on Q and `count` and not on the length of the stream.

    Args:
        features: (Q, D) features of the galaxies whose neighbours are wanted.
        count: Number of neighbours to keep for each.
    """

    def __init__(self, features: NDArray[np.floating], *, count: int) -> None:
        self._count = count
        self._directions = directions(features)
        self._heaps: list[list[tuple[float, int, Neighbour]]] = [[] for _ in features]
        self._passed = 0

    def add(self, batch: Batch) -> None:
        """Compare a batch with the Q galaxies."""
        places, distances = best_of_batch(self._directions, directions(batch.features), self._count)
        for heap, indices, row in zip(self._heaps, places.tolist(), distances.tolist(), strict=True):
            for index, distance in zip(indices, row, strict=True):
                away = max(0.0, distance)
                if len(heap) == self._count and away >= -heap[0][0]:
                    break
                found = Neighbour(batch.pictures[index], away, batch.probability[index])
                entry = (-away, -(self._passed + index), found)
                if len(heap) < self._count:
                    heapq.heappush(heap, entry)
                else:
                    heapq.heapreplace(heap, entry)
        self._passed += len(batch.pictures)

    def found(self) -> list[list[Neighbour]]:
        """Return the neighbours of each of the Q galaxies, the nearest first."""
        return [[entry[2] for entry in sorted(heap, key=lambda e: (-e[0], -e[1]))] for heap in self._heaps]


def directions(features: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return features (n, D) divided by their lengths; features that are all zero stay zero."""
    exact = features.astype(np.float64)
    length = np.sqrt(np.square(exact).sum(axis=1, keepdims=True))
    unit: NDArray[np.float64] = exact / np.maximum(length, np.finfo(np.float64).tiny)
    return unit
