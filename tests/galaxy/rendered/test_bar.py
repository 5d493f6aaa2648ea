import numpy as np
import pytest

from galaxy.rendered.bar import Bar, Ring

FLUX = np.ones(3)
STEP = 0.02
V, U = np.mgrid[-3:3:STEP, -3:3:STEP].astype(np.float32)


@pytest.mark.parametrize("angle", [0.0, 0.7])
def test_a_bar_is_elongated_along_its_angle_and_ends_at_its_length(angle: float) -> None:
    light = Bar(FLUX, length=1.5, axis_ratio=0.4, angle=angle, boxiness=2.0).brightness(U, V)
    assert light.sum() * STEP**2 == pytest.approx(1, rel=0.01)  # an ellipse, whose integral is known
    along = np.abs(np.cos(angle) * U + np.sin(angle) * V)
    across = np.abs(np.cos(angle) * V - np.sin(angle) * U)
    lit = light > 0
    assert along[lit].max() == pytest.approx(1.5, abs=2 * STEP)
    assert across[lit].max() == pytest.approx(1.5 * 0.4, abs=2 * STEP)


def test_a_boxier_bar_fills_its_corners() -> None:
    corner = np.ones(1, np.float32), np.full(1, 0.4, np.float32)
    ellipse, box = (Bar(FLUX, 1.5, 0.4, 0.0, boxiness).brightness(*corner) for boxiness in (2.0, 4.0))
    assert box > ellipse


def test_a_ring_is_brightest_at_its_radius_and_holds_all_its_light() -> None:
    radius = np.hypot(U, V)
    light = Ring(FLUX, radius=1.5, width=0.2).brightness(radius)
    assert light.sum() * STEP**2 == pytest.approx(1, rel=0.01)
    assert radius.flat[light.argmax()] == pytest.approx(1.5, abs=STEP)
