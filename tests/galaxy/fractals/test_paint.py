from dataclasses import replace

import numpy as np

from galaxy.fractals.instance import Instance, draw_instance
from galaxy.fractals.paint import paint
from galaxy.fractals.system import sample_system


def plain(**changes: object) -> Instance:
    """Return a picture that is not turned, blurred or noisy: black, with red and then blue points."""
    drawn = draw_instance(sample_system(seed=0, label=1), seed=0, label=1, index=0)
    values: dict[str, object] = {"angle": 0.0, "mirror": 1.0, "zoom": 1.25, "centre": np.zeros(2), "gamma": 1.0}
    values |= {"background": np.zeros((3, 3, 3)), "colours": np.array([[1.0, 0, 0], [0, 0, 1.0]])}
    return replace(drawn, **values | {"blur": 0.0, "noise": 0.0} | changes)  # type: ignore[arg-type]


X = np.array([[0, 1, 0.5, 0.5]], np.float32)
Y = np.array([[0.5, 0.5, 0, 1]], np.float32)
PLACE = np.array([[0, 0, 1, 1]], np.float32)


def test_points_have_their_colours_where_they_lie() -> None:
    (picture,) = paint([plain()], np.stack([X, Y]), PLACE, size=20)
    rows, columns = np.nonzero(picture.any(axis=2))
    # Of 20 pixels, 20 / 1.25 = 16 hold the points, in the middle.
    assert sorted(zip(rows.tolist(), columns.tolist(), strict=True)) == [(2, 10), (10, 2), (10, 18), (18, 10)]
    assert picture[10, 2, 0] > 0
    assert picture[10, 2, 2] == 0
    assert picture[2, 10, 0] == 0
    assert picture[2, 10, 2] > 0


def test_a_mirrored_picture_is_the_mirror_of_the_other() -> None:
    points = np.stack([np.array([[0, 1, 0.3]], np.float32), np.array([[0, 1, 0.2]], np.float32)])
    place = np.array([[0, 1, 0.5]], np.float32)
    straight, mirrored = paint(
        [plain(), plain(mirror=-1.0)], points.repeat(2, axis=1), place.repeat(2, axis=0), size=21
    )
    np.testing.assert_array_equal(straight[:, ::-1], mirrored)


def test_the_background_shows_where_no_point_lies_and_the_blur_keeps_it() -> None:
    grey = plain(background=np.full((3, 3, 3), 0.4), blur=1.0)
    (picture,) = paint([grey], np.stack([X, Y]), PLACE, size=32)
    np.testing.assert_array_equal(picture[0, 0], [102, 102, 102])  # the corner is not darker than the rest
