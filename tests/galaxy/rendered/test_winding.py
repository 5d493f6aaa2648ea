import math

import numpy as np
import pytest

from galaxy.rendered.winding import draw_arms

FLUX = np.ones(3)


def test_arms_wind_either_way_within_the_range_of_pitches() -> None:
    random = np.random.default_rng(0)
    drawn = [
        draw_arms(random, FLUX, number=2, pitch=(10, 25), start=0.4, stop=4, meander=0.1, sharpness=(2.0, 3.0))
        for _ in range(200)
    ]
    degrees = np.degrees([arms.pitch for arms in drawn])
    assert np.all((np.abs(degrees) >= 10) & (np.abs(degrees) <= 25))
    assert 60 < np.sum(degrees > 0) < 140
    assert all(2 <= arms.sharpness <= 3 for arms in drawn)


@pytest.mark.parametrize("number", [1, 2, 4])
def test_the_first_arm_starts_at_the_angle_asked_for(number: int) -> None:
    arms = draw_arms(
        np.random.default_rng(number),
        FLUX,
        number=number,
        pitch=(15, 15),
        start=0.7,
        stop=4,
        meander=0.0,
        phase_at_start=1.1,
    )
    start = float(arms.ridge(np.log(np.array([0.7])))[0])
    assert math.remainder(start - 1.1, 2 * math.pi / number) == pytest.approx(0, abs=1e-6)
