"""Draws one galaxy with its field, blurs it, adds noise and turns it into a picture."""

from dataclasses import dataclass

import numpy as np

from galaxy.rendered.asinh_picture import asinh_picture, through_jpeg
from galaxy.rendered.canvas import Canvas
from galaxy.rendered.field import paint_field
from galaxy.rendered.noise import sky_noise
from galaxy.rendered.populations import POPULATIONS
from galaxy.rendered.psf import blur, draw_seeing


@dataclass(frozen=True)
class Drawn:
    """A picture and the redshift of its galaxy.

    Attributes:
        image: (size, size, 3) uint8, red first.
        redshift: Redshift of the galaxy in the centre.
    """

    image: np.ndarray
    redshift: float


def draw(label: int, index: int, *, size: int, seed: int) -> Drawn:
    """Draw one galaxy; the result depends on the arguments only.

    Args:
        label: Class, 0 to 9.
        index: Number of the galaxy in the set.
        size: Width and height in pixels.
        seed: Seed of the set.

    Example:
        >>> draw(2, 0, size=32, seed=1).image.shape
        (32, 32, 3)
    """
    random = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, index])))
    scene = POPULATIONS[label](random)
    canvas = Canvas(size)
    for body in scene.bodies:
        body.paint(canvas)
    paint_field(random, canvas)
    seen = canvas.crop(blur(canvas.flux, draw_seeing(random), canvas.scale))
    noise = sky_noise(random, seen.shape, canvas.scale)
    noise += seen
    return Drawn(through_jpeg(asinh_picture(noise)), scene.redshift)


def draw_block(start: int, labels: np.ndarray, size: int, seed: int) -> list[Drawn]:
    """Draw the galaxies `start`, `start` + 1 and so on, one for each class in `labels`."""
    return [draw(int(label), start + offset, size=size, seed=seed) for offset, label in enumerate(labels)]
