"""What differs between two pictures of one class: the system's parameters a little, and all of the appearance."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from galaxy.fractals.system import System

_ANGLE = 0.12  # radians, deviation
_SHIFT = 0.06  # deviation
_VALUE = 0.05  # relative deviation of singular values
_LARGEST = 0.98  # of a singular value, so that the map stays contractive


@dataclass(frozen=True, eq=False)
class Instance:
    """One picture before its points are drawn.

    Attributes:
        system: The perturbed system.
        angle: Angle of the whole picture in radians.
        mirror: -1 or 1.
        zoom: Side of the picture over the larger side of the points' bounding box.
        centre: (2,) offset of the points' middle, in halves of the picture.
        gamma: Exponent on the logarithmic density.
        background: (3, 3, 3) colours 0 to 1 at a coarse grid of places, channels last.
        colours: (2, 3) of the points that the first and the last map made.
        blur: Deviation in pixels of a picture of 64 pixels; 0 blurs nothing.
        noise: Deviation of the noise, in units of the full range.
        random: Gives the walk and the noise; at its start when the instance is made.
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
    """Picture `index` of class `label`; depends on the seed, the label and the index alone."""
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
