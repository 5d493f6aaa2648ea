import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from galaxy.predict.picture_checks import _LEVELS, MASKED, NO_SOURCE, SATURATED, _median, check_image, is_grey


def sky(size: int = 64) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:
    """Noise around 20 of 255."""
    return np.random.default_rng(0).normal(20, 4, (size, size, 3)).clip(0, 255).astype(np.uint8)


def test_what_is_unusual_is_named() -> None:
    empty, galaxy, bright, cut = sky(), sky(), sky(), sky()
    for image in (galaxy, bright, cut):
        image[26:38, 26:38] += 60
    bright[20:44, 20:44] = 255
    cut[0] = 0
    assert check_image(empty) == [NO_SOURCE]
    assert check_image(galaxy) == []
    assert check_image(bright) == [SATURATED]
    assert check_image(cut) == [MASKED]


@pytest.mark.parametrize("size", [8, 33, 64])
def test_a_faint_source_counts_against_the_noise_of_the_border(size: int) -> None:
    image = sky(size)
    middle = slice(size // 2 - size // 8, size // 2 + size // 8)
    image[middle, middle] += 20
    assert NO_SOURCE not in check_image(image)


def test_one_coloured_pixel_makes_a_picture_coloured() -> None:
    image = np.repeat(sky()[:, :, :1], 3, axis=2)
    assert is_grey(image)
    image[60, 3, 2] ^= 1
    assert not is_grey(image)


@given(st.lists(st.integers(0, 765), min_size=1, max_size=60), st.floats(0, 765))
def test_the_median_of_counted_values_is_the_median(values: list[int], sky_level: float) -> None:
    counts = np.bincount(values, minlength=len(_LEVELS))
    assert _median(_LEVELS, counts) == np.median(values)
    expected = np.median(np.abs(np.array(values) - sky_level))
    assert _median(np.abs(_LEVELS - sky_level), counts) == pytest.approx(expected, abs=1e-9)
