import numpy as np
import pytest

from galaxy.data.pixel_statistics import has_colour, pixel_statistics


def test_mean_and_deviation_are_numpys_over_the_chosen_rows() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (150, 5, 5, 3), dtype=np.uint8)  # more than one block of 64
    rows = rng.permutation(150)[:131]
    mean, std = pixel_statistics(images, rows)
    pixels = images[rows].reshape(-1, 3) / 255
    assert mean == pytest.approx(pixels.mean(axis=0), rel=1e-12)
    assert std == pytest.approx(pixels.std(axis=0), rel=1e-12)


def test_other_rows_have_no_influence() -> None:
    images = np.zeros((4, 2, 2, 3), dtype=np.uint8)
    images[3] = 255
    assert pixel_statistics(images, np.array([0, 2])) == ([0.0] * 3, [0.0] * 3)


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_one_coloured_pixel_makes_images_coloured(channel: int) -> None:
    images = np.full((130, 3, 3, 3), 7, dtype=np.uint8)
    assert not has_colour(images, np.arange(130))
    images[129, 1, 2, channel] = 8
    assert has_colour(images, np.arange(130))
    assert not has_colour(images, np.arange(129))
