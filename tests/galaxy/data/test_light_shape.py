import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from galaxy.data.light_shape import light_shapes

SIDE = 64


def ellipse(
    *, angle: float, a: float = 14, b: float = 7, colour: tuple[int, int, int] = (120, 90, 60)
) -> NDArray[np.uint8]:
    y, x = np.indices((SIDE, SIDE)) - (SIDE - 1) / 2
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    inside = (along / a) ** 2 + (across / b) ** 2 < 1
    noise = np.random.default_rng(0).normal(10, 1, (SIDE, SIDE, 3))
    image: NDArray[np.uint8] = (noise + inside[..., None] * np.array(colour)).clip(0, 255).astype(np.uint8)
    return image


@pytest.mark.parametrize("angle", [0.0, 0.5, 1.2, 2.5])
def test_an_ellipse_has_its_angle_and_ellipticity(angle: float) -> None:
    found = light_shapes(ellipse(angle=angle)[None])
    wanted = (14**2 - 7**2) / (14**2 + 7**2) * np.array([np.cos(2 * angle), np.sin(2 * angle)])
    np.testing.assert_allclose(found["orientation"][0], wanted, atol=0.05)
    np.testing.assert_allclose(found["colour"][0], np.log([120 / 90, 90 / 60]), atol=0.05)


def test_a_round_galaxy_has_no_orientation_and_a_larger_one_is_larger() -> None:
    found = light_shapes(np.stack([ellipse(angle=0, a=8, b=8), ellipse(angle=0, a=16, b=16)]))
    np.testing.assert_allclose(found["orientation"], 0, atol=0.03)
    assert float(np.diff(found["size"][:, 0])[0]) == pytest.approx(np.log(2), abs=0.08)
    assert float(np.diff(found["brightness"][:, 0])[0]) == pytest.approx(0, abs=0.2)  # the edge is smoothed


def test_a_blurred_galaxy_is_less_sharp_and_a_fainter_or_turned_one_as_sharp() -> None:
    sharp = ellipse(angle=0.4).astype(np.float64)
    blurred = ndimage.gaussian_filter(sharp, (1.5, 1.5, 0))
    pictures = np.stack([sharp, blurred, sharp * 0.6, np.rot90(sharp)]).round().astype(np.uint8)
    first, soft, faint, turned = light_shapes(pictures)["sharpness"][:, 0]
    assert soft < first - 0.5
    np.testing.assert_allclose([faint, turned], first, atol=0.05)


def test_a_picture_without_galaxy_has_the_means_of_the_others() -> None:
    pictures = [ellipse(angle=0.3), ellipse(angle=1.0, colour=(60, 90, 120)), np.zeros((SIDE, SIDE, 3), dtype=np.uint8)]
    for values in light_shapes(np.stack(pictures)).values():
        np.testing.assert_allclose(values[2], values[:2].mean(axis=0), atol=1e-9)
    for values in light_shapes(np.zeros((2, SIDE, SIDE, 3), dtype=np.uint8)).values():
        assert not values.any()
