"""One rendered galaxy: what is there, as the telescope sees it, as the survey shows it."""

import multiprocessing
import os
import threading
from dataclasses import dataclass
from multiprocessing.connection import wait

import numpy as np

from galaxy.rendered.asinh_picture import asinh_picture, through_jpeg
from galaxy.rendered.canvas import Canvas
from galaxy.rendered.field import paint_field
from galaxy.rendered.noise import sky_noise
from galaxy.rendered.populations import POPULATIONS
from galaxy.rendered.psf import blur, draw_seeing


@dataclass(frozen=True)
class Drawn:
    """A picture and what is known of its galaxy.

    Attributes:
        image: (size, size, 3) uint8, red first.
        redshift: of the galaxy in the middle.
    """

    image: np.ndarray
    redshift: float


def draw(label: int, index: int, *, size: int, seed: int) -> Drawn:
    """Galaxy `index` of class `label` (0 to 9) in the set drawn from `seed`; depends on nothing else."""
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


def draw_slab(start: int, labels: np.ndarray, size: int, seed: int) -> list[Drawn]:
    """Galaxies `start`, `start` + 1 and so on, one for each of `labels`."""
    return [draw(int(label), start + offset, size=size, seed=seed) for offset, label in enumerate(labels)]


def end_with_parent() -> None:
    """In a worker: end when the process that started it is gone, even by SIGKILL, instead of waiting forever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()


def _end_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)
