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
    """Draw arms with a random direction of winding.

    Args:
        random: Random generator.
        flux: (3,) nanomaggies in g, r, z.
        number: Number of arms.
        pitch: Range in degrees from which the pitch angle is drawn uniformly.
        start: Inner radius in scale lengths of the disc.
        stop: Outer radius in scale lengths.
        meander: Amplitude of the meander in radians, see `SpiralArms`.
        sharpness: Range from which the sharpness is drawn uniformly, see `SpiralArms`.
        lopsidedness: Lopsidedness of the arms from 0 to 1, see `SpiralArms`.
        phase_at_start: Angle in the disc's plane, in radians, of the first arm at radius `start`; None draws it.
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
