"""The search for similar images, compared with a comparison of all pairs."""

import numpy as np
import pytest

from galaxy.data import near_identical
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


@pytest.mark.parametrize(
    ("most", "said"),
    [
        (1000, "about 44850 pairs would have to be compared, and at most 5000 are; give"),
        (10_000, "44850 pairs of images look the same, and at most 10000 pairs are allowed"),
    ],
)
def test_a_file_of_one_picture_is_refused(monkeypatch: pytest.MonkeyPatch, most: int, said: str) -> None:
    monkeypatch.setattr(near_identical, "MAX_PAIRS", most)
    with pytest.raises(InputError, match=said):
        near_identical_pairs(np.zeros((300, 4, 4, 3), dtype=np.uint8))


@pytest.mark.parametrize("kept", [(4, 6, 8, 12, 16), (16,), (1, 2)])
def test_the_pairs_are_those_of_comparing_all(monkeypatch: pytest.MonkeyPatch, kept: tuple[int, ...]) -> None:
    monkeypatch.setattr(near_identical, "_COMPONENTS", kept)
    chance = np.random.default_rng(4)
    thumbnail = chance.integers(0, 255, (400, 4, 4, 3), dtype=np.uint8)
    thumbnail[100:200] = np.clip(thumbnail[:100] + chance.integers(-3, 4, (100, 4, 4, 3)), 0, 255)
    flat = thumbnail.reshape(400, -1).astype(float)
    apart = np.sqrt(((flat[:, None] - flat[None]) ** 2).mean(axis=2))
    expected = np.argwhere(np.triu(apart <= 2.0, k=1))
    assert 30 < len(expected) < 101
    np.testing.assert_array_equal(near_identical_pairs(thumbnail, distance=2.0), expected)


def test_flips_and_turns_are_found_when_asked_for() -> None:
    chance = np.random.default_rng(5)
    thumbnail = chance.integers(0, 255, (300, 4, 4, 3), dtype=np.uint8)
    thumbnail[200] = np.rot90(thumbnail[3])
    thumbnail[201] = np.rot90(thumbnail[4], k=3)
    thumbnail[202] = thumbnail[5][:, ::-1]
    thumbnail[203] = thumbnail[6].transpose(1, 0, 2)
    thumbnail[204] = thumbnail[7]
    for count in (300, 150):  # by the tree, and all with all
        some = thumbnail if count == 300 else thumbnail[np.r_[0:100, 200:205]]
        shift = 0 if count == 300 else -100
        assert near_identical_pairs(some).tolist() == [[7, 204 + shift]]
        found = near_identical_pairs(some, turned=True).tolist()
        assert found == [[first, first + 197 + shift] for first in range(3, 8)]
