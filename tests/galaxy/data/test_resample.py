"""Area averages, compared with exact fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from galaxy.data.resample import AreaResampler, area_weights
from galaxy.errors import InputError
from tests.galaxy_files import noise


def _exact(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    source = len(image)
    ratio = Fraction(source, size)

    def overlap(cell: int, pixel: int) -> Fraction:
        return max(Fraction(0), min((cell + 1) * ratio, Fraction(pixel + 1)) - max(cell * ratio, Fraction(pixel)))

    weights = [[overlap(cell, pixel) for pixel in range(source)] for cell in range(size)]
    out = np.empty((size, size, 3), dtype=np.uint8)
    for y in range(size):
        for x in range(size):
            for channel in range(3):
                mean = sum(
                    weights[y][row] * weights[x][column] * int(image[row, column, channel])
                    for row in range(source)
                    for column in range(source)
                    if weights[y][row] and weights[x][column]
                ) / (ratio * ratio)
                out[y, x, channel] = int(mean + Fraction(1, 2))
    return out


@settings(max_examples=40, deadline=None)
@given(source=st.integers(1, 14), data=st.data(), seed=st.integers(0, 1000))
def test_every_ratio_is_exact(source: int, data: st.DataObject, seed: int) -> None:
    size = data.draw(st.integers(1, source))
    images = noise(2, source, seed=seed)
    resampled = AreaResampler(source=source, crop=None, size=size)(images)
    np.testing.assert_array_equal(resampled, [_exact(image, size) for image in images])


@pytest.mark.parametrize(("source", "size"), [(256, 64), (256, 96), (424, 1), (255, 64), (1024, 3), (600, 2)])
def test_white_stays_white_and_grey_grey(source: int, size: int) -> None:
    resample = AreaResampler(source=source, crop=None, size=size)
    for level in (0, 1, 127, 255):
        assert (resample(np.full((1, source, source, 3), level, dtype=np.uint8)) == level).all()


def test_flux_is_kept_up_to_rounding() -> None:
    images = noise(3, 100)
    resampled = AreaResampler(source=100, crop=None, size=41)(images)
    assert np.abs(resampled.mean(axis=(1, 2)) - images.mean(axis=(1, 2))).max() < 0.05


@pytest.mark.parametrize(("crop", "first"), [(None, 0), (12, 0), (10, 1), (9, 1), (8, 2)])
def test_the_crop_is_central(crop: int | None, first: int) -> None:
    images = noise(20, 12)
    size = crop or 12
    cropped = AreaResampler(source=12, crop=crop, size=size)(images)
    np.testing.assert_array_equal(cropped, images[:, first : first + size, first : first + size])
    assert cropped.flags.c_contiguous


def test_crop_comes_before_resampling() -> None:
    images = noise(9, 20)
    both = AreaResampler(source=20, crop=12, size=5)(images)
    np.testing.assert_array_equal(both, AreaResampler(source=12, crop=None, size=5)(images[:, 4:16, 4:16]))


def test_weights_cover_every_pixel_once() -> None:
    weights = area_weights(10, 4)
    assert weights.tolist()[0] == [2, 2, 1, 0, 0, 0, 0, 0, 0, 0]
    assert weights.sum(axis=0).tolist() == [2] * 10
    assert weights.sum(axis=1).tolist() == [5] * 4


@pytest.mark.parametrize(("crop", "size", "key"), [(None, 33, "size"), (16, 17, "size"), (40, 8, "crop")])
def test_detail_is_not_invented(crop: int | None, size: int, key: str) -> None:
    with pytest.raises(InputError, match=rf"{key} is"):
        AreaResampler(source=32, crop=crop, size=size)
