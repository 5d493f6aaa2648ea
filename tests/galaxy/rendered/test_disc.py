import numpy as np
import pytest

from galaxy.rendered.disc import Disc
from tests.galaxy.rendered.painted import FLUX, painted


@pytest.mark.parametrize("axis_ratio", [0.4, 1.0])
def test_discs(axis_ratio: float) -> None:
    light = painted(Disc(0, 0, FLUX, 3.0, axis_ratio, 0.3, FLUX, truncation=9.0))
    np.testing.assert_allclose(light.sum((1, 2)), FLUX, rtol=0.03)
