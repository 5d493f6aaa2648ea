"""Turns points into pictures: density, colours, background, blur and noise.

In the shapes, n is the number of pictures, S their width in pixels and P the number of points per picture.
"""

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from galaxy.fractals.instance import Instance


def paint(
    instances: Sequence[Instance], points: NDArray[np.float32], place: NDArray[np.float32], *, size: int
) -> NDArray[np.uint8]:
    """Paint pictures of the points that `attractor_points` returns.

    Args:
        instances: Parameters of the n pictures.
        points: (2, n, P) coordinates x and y.
        place: (n, P) colour coordinate of each point, from 0 to 1.
        size: Width and height in pixels, S.

    Returns:
        (n, S, S, 3) uint8 pictures.
    """
    pictures = np.empty((len(instances), size, size, 3), np.uint8)
    ramp = _ramp(size)
    for number, instance in enumerate(instances):
        alpha, mix = _density(instance, points[0, number], points[1, number], place[number], size)
        first, second = instance.colours.astype(np.float32)
        front = first + mix[:, None] * (second - first)
        rows = (ramp @ instance.background.astype(np.float32).reshape(3, 9)).reshape(size, 3, 3)
        behind = (np.matmul(ramp, rows)).reshape(size * size, 3)
        front -= behind
        front *= alpha[:, None]
        behind += front
        picture = _blur(behind.reshape(size, size, 3), instance.blur * size / 64)
        picture += instance.noise * instance.random.standard_normal((size, size, 3), np.float32)
        pictures[number] = picture.clip(0, 1) * 255 + 0.5
    return pictures


def _density(
    instance: Instance, x: NDArray[np.float32], y: NDArray[np.float32], place: NDArray[np.float32], size: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the (S * S,) opacity of each pixel, and the (S * S,) mean colour coordinate of its points."""
    cells = _cells(instance, x, y, size)
    area = size * size
    count = np.bincount(cells, minlength=area + 1)[:-1].astype(np.float32)
    total = np.bincount(cells, weights=place, minlength=area + 1)[:-1].astype(np.float32)
    strength = np.log1p(count)
    # The brightest hundredth may saturate; otherwise one bright point would make all others dark.
    top = max(float(np.partition(strength, area - area // 100 - 1)[area - area // 100 - 1]), 0.7)
    alpha = np.minimum(strength / np.float32(top), 1) ** np.float32(instance.gamma)
    return alpha, np.divide(total, np.maximum(count, 1), dtype=np.float32)


def _cells(instance: Instance, x: NDArray[np.float32], y: NDArray[np.float32], size: int) -> NDArray[np.int32]:
    """Return the (P,) pixel of each point; S * S stands for points outside the picture."""
    cosine, sine = np.float32(np.cos(instance.angle)), np.float32(np.sin(instance.angle))
    turned = np.float32(instance.mirror) * (cosine * x - sine * y), sine * x + cosine * y
    bounds = [(float(axis.min()), float(axis.max())) for axis in turned]
    extent = max(high - low for low, high in bounds)
    scale = size / (max(extent, 1e-6) * instance.zoom)
    pixels = []
    for axis, (low, high), centre in zip(turned, bounds, instance.centre, strict=True):
        offset = (1 + float(centre)) * size / 2 - (low + high) / 2 * scale
        # The margin of one pixel makes all values positive, where truncation is the same as rounding down.
        pixels.append((axis * np.float32(scale) + np.float32(offset + 1)).clip(0, size + 1).astype(np.int32) - 1)
    column, row = pixels
    inside = ((column >= 0) & (column < size)) & ((row >= 0) & (row < size))
    return np.where(inside, row * size + column, size * size).astype(np.int32)


@cache
def _ramp(size: int) -> NDArray[np.float32]:
    """Return (S, 3) linear interpolation weights of three equally spaced positions; each row sums to 1."""
    position = np.linspace(0, 2, size)
    weights: NDArray[np.float32] = np.maximum(0, 1 - np.abs(position[:, None] - np.arange(3))).astype(np.float32)
    return weights


def _blur(picture: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """Blur with a Gaussian whose weights sum to 1 also at the edges. A matrix product is fastest at this size."""
    if sigma <= 0:
        return picture
    side = len(picture)
    offset = np.arange(side)[:, None] - np.arange(side)
    kernel = np.exp(-0.5 * (offset / sigma) ** 2)
    kernel = (kernel / kernel.sum(axis=1, keepdims=True)).astype(np.float32)
    rows = kernel @ picture.reshape(side, -1)
    blurred: NDArray[np.float32] = kernel @ rows.reshape(side, side, 3)
    return blurred
