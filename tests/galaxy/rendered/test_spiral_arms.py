import math

import numpy as np
import pytest

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
