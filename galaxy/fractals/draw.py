"""Draws pictures of iterated function systems, on which the networks of `pretraining/` are trained."""

import functools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from threadpoolctl import threadpool_limits

from galaxy.fractals.chaos_game import attractor_points
from galaxy.fractals.instance import Instance, draw_instance
from galaxy.fractals.paint import paint
from galaxy.fractals.system import System, sample_system

BATCH = 64
"""Number of pictures that are drawn at a time; their points fit into a core's cache."""


def draw_fractals(labels: ArrayLike, indices: ArrayLike, *, size: int, seed: int) -> NDArray[np.uint8]:
    """Draw pictures by class and index.

    Args:
        labels: (n,) class of each picture, 0 or more; each class is one system.
        indices: (n,) number of the picture within its class, 0 or more.
        size: Pixels on a side, at least 8.
        seed: Seed of the family of classes. Each picture depends only on seed, label, index and size.

    Returns:
        (n, size, size, 3) uint8 pictures.

    Raises:
        ValueError: If labels and indices differ in shape, an argument is negative, or the size is below 8.
    """
    classes, numbers = np.asarray(labels, np.int64), np.asarray(indices, np.int64)
    if classes.ndim != 1 or classes.shape != numbers.shape:
        raise ValueError(f"labels of shape {classes.shape} and indices of shape {numbers.shape}; give two equal rows")
    if size < 8 or seed < 0 or min(classes.min(initial=0), numbers.min(initial=0)) < 0:
        raise ValueError(f"size is {size} and seed {seed}; give 8 pixels or more, seed, labels and indices from 0")
    images = np.empty((len(classes), size, size, 3), np.uint8)
    with threadpool_limits(1, user_api="blas"):  # sums of several threads would round differently
        for start in range(0, len(classes), BATCH):
            part = slice(start, start + BATCH)
            images[part] = _draw(classes[part].tolist(), numbers[part].tolist(), size=size, seed=seed)
    return images


def _draw(labels: Sequence[int], indices: Sequence[int], *, size: int, seed: int) -> NDArray[np.uint8]:
    instances: list[Instance] = [
        draw_instance(_system(seed, label), seed=seed, label=label, index=index)
        for label, index in zip(labels, indices, strict=True)
    ]
    points, place = attractor_points(instances)
    return paint(instances, points, place, size=size)


@functools.lru_cache(maxsize=16_384)
def _system(seed: int, label: int) -> System:
    return sample_system(seed=seed, label=label)
