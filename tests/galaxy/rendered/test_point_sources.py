import numpy as np

from galaxy.rendered.point_sources import PointSources, tidal_tail
from tests.galaxy.rendered.painted import FLUX, painted


def test_points_and_tails() -> None:
    random = np.random.default_rng(0)
    points = PointSources(random.uniform(-20, 20, 30), random.uniform(-20, 20, 30), np.tile(FLUX / 30, (30, 1)))
    tail = tidal_tail(random, start=(2, 3), direction=1.0, length=12.0, curvature=1.5, width=1.0, flux=FLUX)
    for body in (points, tail):
        np.testing.assert_allclose(painted(body).sum((1, 2)), FLUX, rtol=1e-3)
