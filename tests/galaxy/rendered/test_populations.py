"""Without sky and noise, galaxies of each class have the shape that the class's name says."""

import numpy as np
import pytest

from galaxy.classes import GALAXY10_CLASSES
from galaxy.rendered.canvas import Canvas
from galaxy.rendered.populations import POPULATIONS

SIZE = 64


def _galaxy(label: int, seed: int) -> np.ndarray:
    """r-band surface brightness without its faintest light, nanomaggies per native pixel."""
    scene = POPULATIONS[label](np.random.default_rng([label, seed]))
    canvas = Canvas(SIZE)
    for body in scene.bodies:
        body.paint(canvas)
    light = canvas.crop(canvas.flux)[1]
    return np.where(light > 0.003, light, 0)


def _axis_ratio(light: np.ndarray) -> float:
    rows, columns = np.indices(light.shape)
    weight = light / light.sum()
    row, column = (weight * rows).sum(), (weight * columns).sum()
    moments = np.array(
        [[(weight * a * b).sum() for b in (rows - row, columns - column)] for a in (rows - row, columns - column)]
    )
    small, large = np.linalg.eigvalsh(moments)
    return float(np.sqrt(small / large))


def _median_ratio(name: str, count: int = 30) -> float:
    label = GALAXY10_CLASSES.index(name)
    return float(np.median([_axis_ratio(_galaxy(label, seed)) for seed in range(count)]))


def test_there_is_one_population_per_class() -> None:
    assert len(POPULATIONS) == len(GALAXY10_CLASSES)


def test_round_is_rounder_than_in_between_than_cigar() -> None:
    assert _median_ratio("Round Smooth") > 0.8
    assert 0.5 < _median_ratio("In-between Round Smooth") < 0.8
    assert _median_ratio("Cigar Shaped Smooth") < 0.45


def test_edge_on_discs_are_thin() -> None:
    assert _median_ratio("Edge-on without Bulge") < 0.3
    assert _median_ratio("Edge-on with Bulge") < 0.45


@pytest.mark.parametrize("label", range(10))
def test_every_galaxy_lies_in_the_middle_and_within_reach(label: int) -> None:
    for seed in range(20):
        scene = POPULATIONS[label](np.random.default_rng([label, seed]))
        assert 0 < scene.redshift < 0.6
        light = _galaxy(label, seed)
        assert np.isfinite(light).all()
        assert light.min() >= 0
        middle = light[SIZE // 4 : -SIZE // 4, SIZE // 4 : -SIZE // 4]
        assert middle.sum() > 0.5 * light.sum()


def test_mergers_have_more_than_one_body() -> None:
    label = GALAXY10_CLASSES.index("Merging")
    for seed in range(20):
        assert len(POPULATIONS[label](np.random.default_rng([label, seed])).bodies) >= 2
