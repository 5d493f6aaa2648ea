import numpy as np
import pytest

from galaxy.errors import ArgumentError
from galaxy.recipes.dino_galaxies import choose_galaxies

IDS = np.array([f"g{number:02}" for number in range(20)])


def test_galaxies_are_drawn_once_each_and_stay_sorted() -> None:
    drawn = choose_galaxies(IDS, images=7, batch_size=4, seed=0)
    assert len(set(drawn)) == 7
    assert set(drawn) <= set(IDS)
    assert list(drawn) == sorted(drawn)
    assert list(drawn) == list(choose_galaxies(IDS, images=7, batch_size=4, seed=0))
    assert list(drawn) != list(choose_galaxies(IDS, images=7, batch_size=4, seed=1))


def test_a_larger_draw_contains_the_smaller_one() -> None:
    few, many = (choose_galaxies(IDS, images=count, batch_size=4, seed=3) for count in (5, 12))
    assert set(few) < set(many)


def test_none_takes_all() -> None:
    assert list(choose_galaxies(IDS, images=None, batch_size=20, seed=0)) == list(IDS)


@pytest.mark.parametrize(
    ("images", "batch_size", "message"),
    [
        (21, 4, "images is 21; it must be at most 20, the number of training galaxies, or null"),
        (6, 8, "batch_size is 8; it must be at most 6, the galaxies of an epoch"),
        (None, 21, "batch_size is 21; it must be at most 20, the galaxies of an epoch"),
    ],
)
def test_too_many_are_refused(images: int | None, batch_size: int, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        choose_galaxies(IDS, images=images, batch_size=batch_size, seed=0)
