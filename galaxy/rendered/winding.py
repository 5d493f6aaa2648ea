"""Draws spiral arms at random."""

import math

import numpy as np

from galaxy.rendered import sampling
from galaxy.rendered.spiral_arms import SpiralArms


def draw_arms(
    random: np.random.Generator,
    flux: np.ndarray,
    *,
    number: int,
    pitch: tuple[float, float],
    start: float,
    stop: float,
    meander: float,
    sharpness: tuple[float, float] = (1.2, 4.0),
    lopsidedness: float = 0.0,
    phase_at_start: float | None = None,
) -> SpiralArms:
    """Draw arms that wind either way, with `pitch` (degrees) and `sharpness` drawn evenly from their ranges.

    `phase_at_start`: angle in the disc's plane, radians, at which the first arm sets out at radius `start`; None for
    any. The other arguments are those of `SpiralArms`.
    """
    angle = math.radians(random.uniform(*pitch)) * (1 if random.random() < 0.5 else -1)
    waves = np.stack([random.integers(1, 4, 2), random.uniform(-4, 4, 2), random.uniform(0, 2 * math.pi, 2)], axis=1)
    phase = sampling.turn(random)
    if phase_at_start is not None:
        phase = number * (phase_at_start - math.log(start) / math.tan(angle))
    return SpiralArms(
        flux=flux,
        number=number,
        pitch=angle,
        sharpness=float(random.uniform(*sharpness)),
        phase=phase,
        start=start,
        stop=stop,
        lopsidedness=lopsidedness,
        meander=meander,
        waves=waves,
    )
