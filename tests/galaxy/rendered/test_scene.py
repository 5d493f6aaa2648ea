import numpy as np

from galaxy.rendered.disc import Disc
from galaxy.rendered.edge_on import EdgeOnDisc
from galaxy.rendered.faint_galaxies import FaintGalaxies
from galaxy.rendered.point_sources import PointSources
from galaxy.rendered.scene import Body
from galaxy.rendered.sersic import Spheroid
from tests.galaxy.rendered.painted import FLUX, painted


def test_what_lies_outside_is_not_drawn() -> None:
    far = 200.0
    one = np.ones(1)
    batch = FaintGalaxies(far * one, 0 * one, FLUX[None], one, one, one)
    bodies: list[Body] = [
        Spheroid(far, 0, FLUX, 1.0, 1.0, 1.0, 0.0),
        Disc(0, far, FLUX, 1.0, 1.0, 0.0, FLUX),
        EdgeOnDisc(far, far, FLUX, FLUX, 1.0, 0.2, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0),
        PointSources(np.array([far]), np.array([0.0]), FLUX[None]),
        batch,
    ]
    for body in bodies:
        assert painted(body).sum() == 0
