"""Pictures of iterated function systems depend only on their numbers, and are not empty."""

import numpy as np
import pytest

from galaxy.fractals.draw import draw_fractals


def test_the_same_numbers_give_the_same_pictures() -> None:
    labels, indices = [3, 3, 7], [0, 1, 0]
    first, second = (draw_fractals(labels, indices, size=32, seed=5) for _ in range(2))
    assert first.shape == (3, 32, 32, 3)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, second)


def test_a_picture_does_not_depend_on_its_neighbours() -> None:
    labels, indices = np.arange(70) % 9, np.arange(70) // 9
    together = draw_fractals(labels, indices, size=32, seed=0)  # more than one batch
    order = np.random.default_rng(0).permutation(70)
    np.testing.assert_array_equal(draw_fractals(labels[order], indices[order], size=32, seed=0), together[order])
    np.testing.assert_array_equal(draw_fractals(labels[65:66], indices[65:66], size=32, seed=0)[0], together[65])


@pytest.mark.parametrize("other", [(1, 4, 4), (0, 5, 4), (0, 4, 5)], ids=["label", "index", "seed"])
def test_label_index_and_seed_each_change_the_picture(other: tuple[int, int, int]) -> None:
    label, index, seed = other
    changed = draw_fractals([label], [index], size=32, seed=seed)
    assert (changed != draw_fractals([0], [4], size=32, seed=4)).mean() > 0.5


def test_classes_are_told_apart_by_shape() -> None:
    """Averages over many pictures of two classes lie further apart than two averages of one class.

    Colour, place and angle differ from picture to picture, so what is compared is the contrast over angles of the
    turned pictures' radial profiles: the mean absolute gradient in eight rings.
    """

    def profile(label: int, indices: range) -> np.ndarray:
        pictures = draw_fractals([label] * len(indices), list(indices), size=32, seed=0).mean(axis=3)
        edges = np.abs(np.diff(pictures, axis=1))[:, :, :-1] + np.abs(np.diff(pictures, axis=2))[:, :-1]
        y, x = np.indices(edges.shape[1:]) - 15.0
        ring = np.minimum((np.hypot(x, y) // 2).astype(int), 7)
        spread = edges / edges.mean(axis=(1, 2), keepdims=True)
        return np.array([spread[:, ring == number].mean() for number in range(8)])

    halves = [[profile(label, part) for part in (range(60), range(60, 120))] for label in range(6)]
    within = np.mean([np.abs(a - b).mean() for a, b in halves])
    between = np.mean([np.abs(halves[i][0] - halves[j][1]).mean() for i in range(6) for j in range(6) if i != j])
    assert between > 2 * within


def test_pictures_show_something() -> None:
    pictures = draw_fractals(np.arange(100), np.zeros(100, int), size=32, seed=1)
    assert (pictures.reshape(100, -1).std(axis=1) > 5).mean() > 0.95


@pytest.mark.parametrize(
    ("labels", "indices", "size", "seed"),
    [([0], [0, 1], 32, 0), ([-1], [0], 32, 0), ([0], [-1], 32, 0), ([0], [0], 7, 0), ([0], [0], 32, -1)],
)
def test_impossible_numbers_are_refused(labels: list[int], indices: list[int], size: int, seed: int) -> None:
    with pytest.raises(ValueError, match="give"):
        draw_fractals(labels, indices, size=size, seed=seed)
