import numpy as np
import pytest

from galaxy.features.pixels import averaging_weights, pixel_features

IMAGES = np.random.default_rng(0).integers(0, 256, (11, 8, 8, 3), dtype=np.uint8)


def test_whole_blocks_are_averaged_in_the_order_asked_for() -> None:
    rows = np.array([4, 0, 10])
    expected = IMAGES[rows].reshape(3, 4, 2, 4, 2, 3).mean(axis=(2, 4)) / 255
    np.testing.assert_allclose(pixel_features(IMAGES, rows, size=4), expected.reshape(3, -1), atol=1e-6)


def test_at_its_own_size_an_image_is_itself() -> None:
    np.testing.assert_allclose(pixel_features(IMAGES, np.arange(2), size=8), IMAGES[:2].reshape(2, -1) / 255, atol=1e-6)


@pytest.mark.parametrize(("size", "target"), [(8, 3), (5, 4), (3, 7)])
def test_every_target_pixel_is_a_mean_and_the_light_is_kept(size: int, target: int) -> None:
    weights = averaging_weights(size, target)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(weights.sum(axis=0), target / size, rtol=1e-5)
