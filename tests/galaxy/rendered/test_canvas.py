import numpy as np
import pytest

from galaxy.rendered.canvas import Canvas
from galaxy.rendered.survey import PIXEL_SCALE

FLUX = np.array([[1.0, 2.0, 4.0]])


def total(canvas: Canvas) -> np.ndarray:
    return np.asarray(canvas.flux.sum(axis=(1, 2)) * (canvas.scale / PIXEL_SCALE) ** 2)


@pytest.mark.parametrize("size", [64, 256])
def test_a_point_keeps_its_flux_and_its_place(size: int) -> None:
    canvas = Canvas(size)
    canvas.add_points(np.array([3.3]), np.array([-7.1]), FLUX)
    np.testing.assert_allclose(total(canvas), FLUX[0], rtol=1e-5)
    light = canvas.flux[0] / canvas.flux[0].sum()
    axis = canvas.coordinate(np.arange(len(light)))
    assert (light.sum(axis=0) * axis).sum() == pytest.approx(3.3, abs=1e-3)
    assert (light.sum(axis=1) * axis).sum() == pytest.approx(-7.1, abs=1e-3)


def test_windows_cover_each_pixel_within_the_radius_once() -> None:
    canvas = Canvas(128)
    for window in canvas.windows(2.0, -1.0, 10.0):
        assert window.flux.shape[1:] == (window.y.size, window.x.size)
        window.flux[:] += 1  # a view: light that is added here is added to the canvas
    axis = canvas.coordinate(np.arange(canvas.flux.shape[1]))
    inside = (np.abs(axis - 2.0)[None, :] < 10) & (np.abs(axis + 1.0)[:, None] < 10)
    np.testing.assert_array_equal(canvas.flux[0], inside)
    assert list(canvas.windows(500.0, 0.0, 10.0)) == []


def test_stamps_are_cut_off_at_the_edge() -> None:
    canvas = Canvas(64)
    extent = canvas.flux.shape[1]
    stamp = np.full((1, 2, 2), 0.25)
    canvas.add_stamps(np.array([[-1, 0]]), np.array([[extent - 1, extent]]), stamp, FLUX)
    np.testing.assert_allclose(total(canvas), FLUX[0] / 4, rtol=1e-6)
    assert canvas.flux[0, 0, -1] > 0


def test_the_picture_is_the_middle_without_its_margin() -> None:
    canvas = Canvas(64)
    canvas.add_points(np.zeros(1), np.zeros(1), FLUX)
    cut = canvas.crop(canvas.flux)
    assert cut.shape == (3, 64, 64)
    np.testing.assert_allclose(cut[0, 31:33, 31:33].sum(), canvas.flux[0].sum())
