import numpy as np
import pytest

from galaxy.predict.map_page.atlas import LARGEST, PIXELS, Atlas


@pytest.mark.parametrize("count", [1, 2, 10, 1999, 20_000, 100_000])
def test_the_picture_stays_bounded(count: int) -> None:
    atlas = Atlas(count, size=256)
    lines = -(-count // atlas.columns)
    assert atlas.tile * atlas.columns * atlas.tile * lines <= PIXELS
    assert 12 <= atlas.tile <= LARGEST
    assert atlas.tile * atlas.columns < 16384  # the largest side of a WebP


def test_thumbnails_lie_row_by_row() -> None:
    atlas = Atlas(5, size=16)
    for level in range(5):
        atlas.add(np.full((16, 16, 3), 40 * level, np.uint8))
    whole = np.asarray(atlas.picture())
    assert whole.shape == (32, 48, 3)
    levels = [int(whole[16 * (k // 3) + 4, 16 * (k % 3) + 4, 0]) for k in range(6)]
    assert levels == [0, 40, 80, 120, 160, 0]
    assert atlas.uri() == atlas.uri()
