"""Copies made by hand of drawn galaxies on noise, found among galaxies that look much alike."""

import io
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter, rotate

from galaxy.data.moved_copies import SAME, Details, best_correlation, moved_pairs

Picture = NDArray[np.uint8]
SIDE, COUNT = 96, 60


def draw(number: int) -> Picture:
    """A round galaxy of nearly the same size as all others, three neighbours, and the noise of its own exposure."""
    generator = np.random.default_rng(number)
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    light = 180 * np.exp(-np.hypot(x, y) / generator.uniform(7, 9))
    for _ in range(3):
        place = generator.uniform(-35, 35, 2)
        light += 80 * np.exp(-((x - place[0]) ** 2 + (y - place[1]) ** 2) / 8)
    noise = gaussian_filter(generator.normal(0, 12, (SIDE, SIDE, 3)), (1, 1, 0))
    return np.asarray(np.clip(light[:, :, None] + 20 + noise, 0, 255), dtype=np.uint8)


def turned(picture: Picture, angle: float) -> Picture:
    return np.asarray(rotate(picture, angle, reshape=False, order=1, mode="reflect"))


def zoomed(picture: Picture) -> Picture:
    return np.asarray(Image.fromarray(picture[4:-4, 4:-4]).resize((SIDE, SIDE), Image.Resampling.BICUBIC))


def saved(picture: Picture) -> Picture:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=80)
    return np.asarray(Image.open(file))


COPIES: dict[str, Callable[[Picture], Picture]] = {
    "turned by 17 degrees": lambda picture: turned(picture, 17),
    "turned by 140 degrees": lambda picture: turned(picture, 140),
    "mirrored and turned by 200 degrees": lambda picture: turned(picture[:, ::-1], 200),
    "shifted": lambda picture: np.roll(picture, (3, -4), axis=(0, 1)),
    "zoomed": zoomed,
    "saved again": saved,
    "brighter": lambda picture: np.minimum(picture * 1.2, 255).astype(np.uint8),
    "grey": lambda picture: np.repeat(picture.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2),
}


def details_of(pictures: list[Picture]) -> Details:
    details = Details(len(pictures), size=SIDE)
    for start in range(0, len(pictures), 25):
        details.add(start, np.stack(pictures[start : start + 25]))
    return details


@pytest.fixture(scope="module")
def galaxies() -> list[Picture]:
    return [draw(number) for number in range(COUNT)]


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_found_and_nothing_else(galaxies: list[Picture], name: str) -> None:
    copies = [COPIES[name](galaxies[number]) for number in (3, 17, 42)]
    others = [draw(number) for number in range(COUNT, COUNT + 10)]
    details = details_of([*galaxies, *copies, *others])
    rows = np.arange(COUNT + 13)
    assert moved_pairs(details, rows, rows < COUNT).tolist() == [[3, 60], [17, 61], [42, 62]]


def test_many_copies_in_the_test_set_do_not_hide_the_original(galaxies: list[Picture]) -> None:
    copies = [turned(galaxies[5], angle) for angle in range(10, 130, 10)]
    rows = np.arange(COUNT + len(copies))
    pairs = moved_pairs(details_of([*galaxies, *copies]), rows, rows < COUNT)
    assert set(pairs[pairs[:, 0] < COUNT][:, 1].tolist()) == set(rows[COUNT:].tolist())
    assert set(pairs[pairs[:, 0] < COUNT][:, 0].tolist()) == {5}


def test_positions_are_those_of_the_list_not_of_the_file(galaxies: list[Picture]) -> None:
    details = details_of([*galaxies, turned(galaxies[3], 30)])
    rows = np.array([COUNT, 3, 3, 9])
    training = np.array([False, True, False, True])
    assert moved_pairs(details, rows, training).tolist() == [[0, 1], [0, 2]]  # rows 3 and 3 are one picture


def test_the_order_of_a_pair_does_not_decide(galaxies: list[Picture]) -> None:
    detail = details_of([galaxies[0], turned(galaxies[0], 25), galaxies[1]]).detail
    there = best_correlation(detail[[0, 0]], detail[[1, 2]])
    back = best_correlation(detail[[1, 2]], detail[[0, 0]])
    assert (there >= SAME).tolist() == (back >= SAME).tolist() == [True, False]


def test_blank_pictures_are_no_copies() -> None:
    details = details_of([np.full((SIDE, SIDE, 3), level, dtype=np.uint8) for level in (0, 9, 255)])
    assert moved_pairs(details, np.arange(3), np.array([True, True, False])).tolist() == []


@pytest.mark.parametrize("training", [True, False])
def test_a_split_of_one_kind_is_allowed(galaxies: list[Picture], training: bool) -> None:
    details = details_of([galaxies[0], galaxies[0][::-1]])
    pairs = moved_pairs(details, np.arange(2), np.full(2, training))
    assert pairs.tolist() == ([] if training else [[0, 1]])
