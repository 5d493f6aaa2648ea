import math

import numpy as np

from galaxy.rendered.asinh_picture import asinh_picture, through_jpeg


def test_empty_sky_is_the_offset_after_the_stretch() -> None:
    # asinh(20 x 0.03) / sqrt(20) = 0.12716, times 255 = 32.4, in all three colours.
    picture = asinh_picture(np.zeros((3, 4, 4), np.float32))
    assert picture.dtype == np.uint8
    assert (picture == 32).all()


def test_a_pixel_computed_by_hand() -> None:
    g, r, z = 0.05, 0.1, 0.2
    blue, green, red = 6.0 * g + 0.03, 3.4 * r + 0.03, 2.2 * z + 0.03
    mean = (blue + green + red) / 3
    stretched = math.asinh(20 * mean) / math.sqrt(20)
    expected = [int(255 * value * stretched / mean) for value in (red, green, blue)]
    flux = np.array([g, r, z], np.float32).reshape(3, 1, 1)
    assert asinh_picture(flux)[0, 0].tolist() == expected


def test_light_below_zero_and_above_white_is_clipped() -> None:
    assert (asinh_picture(np.full((3, 1, 1), -1.0, np.float32)) == 0).all()
    assert (asinh_picture(np.full((3, 1, 1), 1e5, np.float32)) == 255).all()


def test_a_red_source_is_red() -> None:
    red, green, blue = asinh_picture(np.array([0.01, 0.05, 0.3], np.float32).reshape(3, 1, 1))[0, 0].tolist()
    assert red > green > blue


def test_jpeg_keeps_the_picture_and_its_bytes() -> None:
    rows, columns = np.mgrid[:64, :64]
    picture = np.stack([rows * 2, columns * 2, rows + columns], axis=2).astype(np.uint8)
    once, twice = through_jpeg(picture), through_jpeg(picture)
    assert once.shape == picture.shape
    assert (once == twice).all()
    assert np.abs(once.astype(int) - picture).mean() < 3
