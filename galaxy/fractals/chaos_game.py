"""The chaos game for many systems at once: random walks whose points cover each system's attractor."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from galaxy.fractals.instance import Instance

WALKERS, STEPS, SETTLING = 384, 40, 12
"""Number of walks per picture, of steps per walk that are kept, and of earlier steps, which depend on the start."""

_TABLE = 256  # entries among which a random byte chooses a map


def attractor_points(instances: Sequence[Instance]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compute points of the attractor of each picture, and a colour coordinate of each point.

    Args:
        instances: Sequence of n pictures; the points of a picture do not depend on the other pictures.

    Returns:
        (2, n, P) float32 coordinates x and y with P = STEPS * WALKERS, and (n, P) float32 colour coordinates, from 0
        for points that the first map has produced to 1 for points of the last map.
    """
    count = len(instances)
    table = np.ascontiguousarray(np.stack([_table(instance) for instance in instances], axis=1).reshape(7, -1))
    drawn = b"".join(instance.random.bytes((SETTLING + STEPS) * WALKERS) for instance in instances)
    choices = np.frombuffer(drawn, np.uint8).reshape(count, SETTLING + STEPS, WALKERS)
    first = np.arange(count, dtype=np.int32)[:, None] * _TABLE
    points = np.empty((2, count, STEPS, WALKERS), np.float32)
    place = np.empty((count, STEPS, WALKERS), np.float32)
    x = np.zeros((count, WALKERS), np.float32)
    y = np.zeros((count, WALKERS), np.float32)
    for step in range(-SETTLING, STEPS):
        chosen = choices[:, step + SETTLING] + first
        a, b, e, c, d, f = (table[number].take(chosen) for number in range(6))
        x, y = a * x + b * y + e, c * x + d * y + f
        if step >= 0:
            points[0, :, step], points[1, :, step] = x, y
            place[:, step] = table[6].take(chosen)
    return points.reshape(2, count, -1), place.reshape(count, -1)


def _table(instance: Instance) -> NDArray[np.float32]:
    """Return, for each random byte, the six numbers of the map that it chooses and its colour coordinate, (7, 256)."""
    bounds = np.cumsum(instance.system.probabilities())
    number = np.searchsorted(bounds[:-1], (np.arange(_TABLE) + 0.5) / _TABLE)
    maps = instance.system.matrices().reshape(len(bounds), 6)[number]
    place = number / max(len(bounds) - 1, 1)
    return np.concatenate([maps, place[:, None]], axis=1).T.astype(np.float32)
