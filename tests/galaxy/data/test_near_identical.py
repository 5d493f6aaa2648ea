"""Images that look the same, against comparing all with all."""

import numpy as np
import pytest

from galaxy.data import near_identical
from galaxy.data.conflicts import identical_pairs
from galaxy.data.near_identical import near_identical_pairs
from galaxy.errors import InputError


@pytest.mark.parametrize("count", [2, 50, 900])
def test_pairs_are_those_of_the_definition(count: int) -> None:
    chance = np.random.default_rng(count)
    # Dim galaxies on a dark sky, the hardest case, a third of them again with a little noise.
    bright = chance.uniform(0, 20, (count, 1, 1, 1))
    axis = np.exp(-(((np.arange(8) - 3.5) / 2) ** 2))
    images = 8 + bright * (axis[:, None] * axis)[..., None] + chance.normal(0, 1.0, (count, 8, 8, 3))
    again = chance.choice(count, count // 3)
    images = np.concatenate([images, images[again] + chance.normal(0, 0.8, (len(again), 8, 8, 3))])
    thumbnail = np.clip(np.rint(images), 0, 255).astype(np.uint8)
    flat = thumbnail.reshape(len(thumbnail), -1).astype(np.float64)
    square = ((flat**2).sum(axis=1)[:, None] + (flat**2).sum(axis=1) - 2 * flat @ flat.T) / flat.shape[1]
    for distance in (0.0, 0.9, 1.5):
        expected = np.argwhere(np.triu(square <= distance**2 + 1e-9, k=1))
        np.testing.assert_array_equal(near_identical_pairs(thumbnail, distance=distance), expected)
    if count == 900:
        assert len(near_identical_pairs(thumbnail, distance=0.9)) > 50


def test_one_image_has_no_pair() -> None:
    assert near_identical_pairs(np.zeros((1, 16, 16, 3), dtype=np.uint8)).shape == (0, 2)


def test_a_file_of_one_picture_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_identical, "MAX_PAIRS", 1000)
    with pytest.raises(InputError, match="pairs of images look the same"):
        near_identical_pairs(np.zeros((300, 4, 4, 3), dtype=np.uint8))


def test_identical_pixels_pair_with_the_first() -> None:
    digest = np.zeros((6, 32), dtype=np.uint8)
    digest[[1, 3, 4]] = 7
    digest[5] = 9
    assert identical_pairs(digest).tolist() == [[0, 2], [1, 3], [1, 4]]
