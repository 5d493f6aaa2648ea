import numpy as np
import pytest

from galaxy.rendered.edge_on import EdgeOnDisc
from tests.galaxy.rendered.painted import FLUX, painted


@pytest.mark.parametrize("angle", [0.0, 0.9])
def test_edge_on_discs(angle: float) -> None:
    disc = EdgeOnDisc(0, 0, FLUX, FLUX, 3.0, 0.8, angle, 9.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    np.testing.assert_allclose(painted(disc).sum((1, 2)), FLUX, rtol=0.05)


def test_dust_takes_most_from_the_blue() -> None:
    plain = EdgeOnDisc(0, 0, FLUX, FLUX, 3.0, 0.8, 0.5, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    dusty = EdgeOnDisc(0, 0, FLUX, FLUX, 3.0, 0.8, 0.5, 4.0, 0.0, 0.0, 2.0, 0.0, 0.0)
    left = painted(dusty).sum((1, 2)) / painted(plain).sum((1, 2))
    assert left[0] < left[1] < left[2] < 1
