import numpy as np
import pytest

from galaxy.rendered.sersic import Spheroid, sersic_b
from tests.galaxy.rendered.painted import FLUX, painted


@pytest.mark.parametrize("n", [0.7, 1.0, 2.5, 4.0])
@pytest.mark.parametrize("axis_ratio", [0.3, 1.0])
@pytest.mark.parametrize("size", [128, 256])
def test_spheroids(n: float, axis_ratio: float, size: int) -> None:
    light = painted(Spheroid(0.1, -0.2, FLUX, 3.0, n, axis_ratio, 0.7), size)
    # What a cut at the noise and the softened cusp cost grows with the index.
    np.testing.assert_allclose(light.sum((1, 2)), FLUX, rtol=0.02 if n <= 1 else 0.12)


@pytest.mark.parametrize("n", [1.0, 4.0])
def test_half_the_light_lies_within_the_effective_radius(n: float) -> None:
    from scipy.special import gammainc

    assert gammainc(2 * n, sersic_b(n)) == pytest.approx(0.5, abs=1e-4)
