"""Bodies have the flux that they are given, for every shape."""

import math

import numpy as np
import pytest

from galaxy.rendered.canvas import Canvas
from galaxy.rendered.disc import Disc
from galaxy.rendered.edge_on import EdgeOnDisc
from galaxy.rendered.faint_galaxies import FaintGalaxies
from galaxy.rendered.point_sources import PointSources, tidal_tail
from galaxy.rendered.scene import Body
from galaxy.rendered.sersic import Spheroid, sersic_b
from galaxy.rendered.survey import PIXEL_SCALE

FLUX = np.array([50.0, 100.0, 150.0])


def _painted(body: Body, size: int = 256) -> np.ndarray:
    canvas = Canvas(size)
    body.paint(canvas)
    # Surface brightness is per native pixel whatever the size of the picture.
    return np.asarray(canvas.flux * (canvas.scale / PIXEL_SCALE) ** 2)


@pytest.mark.parametrize("n", [0.7, 1.0, 2.5, 4.0])
@pytest.mark.parametrize("axis_ratio", [0.3, 1.0])
@pytest.mark.parametrize("size", [128, 256])
def test_spheroids(n: float, axis_ratio: float, size: int) -> None:
    painted = _painted(Spheroid(0.1, -0.2, FLUX, 3.0, n, axis_ratio, 0.7), size)
    # What a cut at the noise and the softened cusp cost grows with the index.
    np.testing.assert_allclose(painted.sum((1, 2)), FLUX, rtol=0.02 if n <= 1 else 0.12)


@pytest.mark.parametrize("n", [1.0, 4.0])
def test_half_the_light_lies_within_the_effective_radius(n: float) -> None:
    from scipy.special import gammainc

    assert gammainc(2 * n, sersic_b(n)) == pytest.approx(0.5, abs=1e-4)


@pytest.mark.parametrize("axis_ratio", [0.4, 1.0])
def test_discs(axis_ratio: float) -> None:
    painted = _painted(Disc(0, 0, FLUX, 3.0, axis_ratio, 0.3, FLUX, truncation=9.0))
    np.testing.assert_allclose(painted.sum((1, 2)), FLUX, rtol=0.03)


@pytest.mark.parametrize("angle", [0.0, 0.9])
def test_edge_on_discs(angle: float) -> None:
    disc = EdgeOnDisc(0, 0, FLUX, FLUX, 3.0, 0.8, angle, 9.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    np.testing.assert_allclose(_painted(disc).sum((1, 2)), FLUX, rtol=0.05)


def test_dust_takes_most_from_the_blue() -> None:
    plain = EdgeOnDisc(0, 0, FLUX, FLUX, 3.0, 0.8, 0.5, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    dusty = EdgeOnDisc(0, 0, FLUX, FLUX, 3.0, 0.8, 0.5, 4.0, 0.0, 0.0, 2.0, 0.0, 0.0)
    left = _painted(dusty).sum((1, 2)) / _painted(plain).sum((1, 2))
    assert left[0] < left[1] < left[2] < 1


def test_points_and_tails() -> None:
    random = np.random.default_rng(0)
    points = PointSources(random.uniform(-20, 20, 30), random.uniform(-20, 20, 30), np.tile(FLUX / 30, (30, 1)))
    tail = tidal_tail(random, start=(2, 3), direction=1.0, length=12.0, curvature=1.5, width=1.0, flux=FLUX)
    for body in (points, tail):
        np.testing.assert_allclose(_painted(body).sum((1, 2)), FLUX, rtol=1e-3)


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
    np.testing.assert_allclose(_painted(batch).sum((1, 2)), FLUX, rtol=1e-4)


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
        assert _painted(body).sum() == 0
