import math

import numpy as np
import pytest

from galaxy.rendered.disc import Disc
from galaxy.rendered.knots import knots
from galaxy.rendered.spiral_arms import SpiralArms


def _arms(number: int, pitch: float) -> SpiralArms:
    return SpiralArms(np.ones(3), number, math.radians(pitch), 3.0, 0.8, 1e-3, 1e3, 0.0, 0.0, np.zeros((0, 3)))


@pytest.mark.parametrize("number", [1, 2, 3, 5])
@pytest.mark.parametrize("pitch", [10.0, -25.0, 40.0])
def test_arms_have_their_number_and_pitch(number: int, pitch: float) -> None:
    arms = _arms(number, pitch)
    theta = np.linspace(0, 2 * math.pi, 3600, endpoint=False)
    ridges = []
    for log_radius in (0.0, 0.05):
        around = arms.brightness(np.full_like(theta, log_radius), np.cos(theta), np.sin(theta))
        peaks = np.flatnonzero((around > np.roll(around, 1)) & (around > np.roll(around, -1)))
        assert len(peaks) == number
        # The mean over the circle is 1: arms take light, they do not make it.
        assert around.mean() == pytest.approx(1, abs=0.01)
        expected = arms.ridge(np.array(log_radius)) % (2 * math.pi / number)
        ridges.append(theta[peaks[0]] % (2 * math.pi / number))
        gap = (ridges[-1] - expected + math.pi / number) % (2 * math.pi / number) - math.pi / number
        assert abs(gap) < 0.01
    # tan(pitch) = d ln R / d theta.
    turned = (ridges[1] - ridges[0] + math.pi / number) % (2 * math.pi / number) - math.pi / number
    expected_turn = (0.05 / math.tan(math.radians(pitch)) + math.pi / number) % (2 * math.pi / number)
    assert turned == pytest.approx(expected_turn - math.pi / number, abs=0.01)


def test_knots_lie_along_the_arms_and_do_not_gather_at_their_ends() -> None:
    arms = SpiralArms(np.ones(3), 2, math.radians(20), 3.0, 0.8, 0.5, 3.0, 0.0, 0.0, np.zeros((0, 3)))
    disc = Disc(0, 0, np.ones(3), 4.0, 1.0, 0.0, np.ones(3), arms=(arms,))
    found = knots(np.random.default_rng(0), disc, count=2000, magnitude=20.0, arms=arms, spread=0.0)
    radius = np.hypot(found.x, found.y) / disc.scale_length
    assert radius.min() >= arms.start - 1e-9
    assert radius.max() <= arms.stop + 1e-9
    assert (np.abs(radius - arms.stop) < 0.01).mean() < 0.02
    # Each is on the ridge of one of the two arms.
    beside = (np.arctan2(found.y, found.x) - arms.ridge(np.log(radius))) % math.pi
    assert np.minimum(beside, math.pi - beside).max() < 1e-6
