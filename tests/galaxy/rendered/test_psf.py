import numpy as np
import pytest

from galaxy.rendered.psf import blur, draw_seeing
from galaxy.rendered.survey import PIXEL_SCALE, SEEING


def test_flux_is_conserved_in_every_band() -> None:
    flux = np.random.default_rng(0).random((3, 60, 60), dtype=np.float32)
    blurred = blur(flux, np.array([0.9, 1.2, 1.8]), PIXEL_SCALE)
    assert blurred.dtype == np.float32
    np.testing.assert_allclose(blurred.sum((1, 2)), flux.sum((1, 2)), rtol=1e-4)


@pytest.mark.parametrize("width", [0.88, 1.2, 1.8])
def test_a_point_gets_the_asked_width(width: float) -> None:
    flux = np.zeros((3, 90, 90), np.float32)
    flux[:, 45, 45] = 1
    profile = blur(flux, np.full(3, width), PIXEL_SCALE)[0, 45, 45:]
    half = np.interp(-profile[0] / 2, -profile, np.arange(45.0))
    assert 2 * half * PIXEL_SCALE == pytest.approx(width, rel=0.05)


def test_seeing_scatters_around_the_published_medians() -> None:
    random = np.random.default_rng(0)
    drawn = np.array([draw_seeing(random) for _ in range(500)])
    np.testing.assert_allclose(np.median(drawn, axis=0), SEEING, rtol=0.05)
