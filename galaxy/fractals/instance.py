"""Draws what differs between pictures of one class: small changes of the system's parameters, and the appearance."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from galaxy.fractals.system import System

_ANGLE = 0.12  # standard deviation in radians
_SHIFT = 0.06  # standard deviation
_VALUE = 0.05  # relative standard deviation of singular values
_LARGEST = 0.98  # largest singular value, so that the map stays contractive


@dataclass(frozen=True, eq=False)
class Instance:
    """One picture before its points are drawn.

    Attributes:
        system: The perturbed system.
        angle: Angle in radians by which the points are rotated.
        mirror: -1 mirrors the points; 1 does not.
        zoom: Width of the picture divided by the larger side of the points' bounding box.
        centre: (2,) offset of the centre of the points, in halves of the picture's width.
        gamma: Exponent of the logarithmic density.
        background: (3, 3, 3) colours from 0 to 1 on a grid of 3 x 3 positions, channels last.
        colours: (2, 3) colours from 0 to 1 of the points of the first and of the last map.
        blur: Standard deviation of the blur in pixels, for a picture of 64 pixels; 0 does not blur.
        noise: Standard deviation of the noise, as a fraction of the full range.
        random: Random generator of the walk and of the noise.
    """

    system: System
    angle: float
    mirror: float
    zoom: float
    centre: NDArray[np.float64]
    gamma: float
    background: NDArray[np.float64]
    colours: NDArray[np.float64]
    blur: float
    noise: float
    random: np.random.Generator


def draw_instance(system: System, *, seed: int, label: int, index: int) -> Instance:
    """Draw the parameters of picture `index` of class `label`, which depend on these, `system` and `seed` only."""
    random = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, label, index])))
    count = len(system.turn)
    perturbed = replace(
        system,
        turn=system.turn + random.normal(0, _ANGLE, count),
        spin=system.spin + random.normal(0, _ANGLE, count),
        values=np.minimum(system.values * np.exp(random.normal(0, _VALUE, (count, 2))), _LARGEST),
        shift=system.shift + random.normal(0, _SHIFT, (count, 2)),
    )
    dark = random.random() < 0.5  # half of the pictures are bright on dark, as the sky is
    level = random.uniform(0.0, 0.25) if dark else random.uniform(0.0, 1.0)
    background = level + random.uniform(-0.15, 0.15, 3) + random.uniform(-0.12, 0.12, (3, 3, 3))
    colours = random.uniform(0, 1, (2, 3))
    if dark:
        colours = 0.35 + 0.65 * colours
    return Instance(
        system=perturbed,
        angle=random.uniform(0, 2 * math.pi),
        mirror=float(random.choice([-1.0, 1.0])),
        zoom=random.uniform(0.9, 1.8),
        centre=random.uniform(-0.15, 0.15, 2),
        gamma=random.uniform(0.6, 2.0),
        background=background.clip(0, 1),
        colours=colours,
        blur=random.uniform(0.4, 1.5) if random.random() < 0.6 else 0.0,
        noise=random.uniform(0, 0.08),
        random=random,
    )
