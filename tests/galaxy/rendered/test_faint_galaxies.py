import math

import numpy as np

from galaxy.rendered.faint_galaxies import FaintGalaxies
from tests.galaxy.rendered.painted import FLUX, painted


def test_faint_galaxies() -> None:
    count = 5
    batch = FaintGalaxies(
        np.linspace(-20, 20, count),
        np.linspace(15, -15, count),
        np.tile(FLUX / count, (count, 1)),
        np.full(count, 0.4),
        np.linspace(0.3, 1, count),
        np.linspace(0, math.pi, count),
    )
    np.testing.assert_allclose(painted(batch).sum((1, 2)), FLUX, rtol=1e-4)
