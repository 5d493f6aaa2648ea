"""Features of the row `dino-best`, computed with a function in place of the network."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from galaxy.errors import ArgumentError
from galaxy.recipes.best_features import feature_steps, galaxy_features
from galaxy.recipes.best_network import BestNetwork

CPU = torch.device("cpu")
SETTINGS: dict[str, Any] = {"mean": (0.5,) * 3, "std": (0.25,) * 3, "size": 8, "aperture": None, "colour": "keep"}
SETTINGS |= {"batch_size": 3, "device": CPU, "symmetries": False}


def corner(pixels: Tensor) -> Tensor:
    """Three features that depend on the orientation and the colour."""
    return pixels[:, :, 0, 0]


def images(count: int = 7) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 8, 8, 3), dtype=np.uint8)


def test_pixels_are_normalised_and_rows_chosen() -> None:
    pictures, rows = images(), np.array([5, 0])
    found = galaxy_features(corner, pictures, rows, **SETTINGS)
    np.testing.assert_allclose(found, (pictures[rows, 0, 0] / 255 - 0.5) / 0.25, atol=1e-5)


def test_an_average_over_symmetries_does_not_depend_on_the_orientation() -> None:
    pictures, rows = images(), np.arange(7)
    turned = np.rot90(pictures, axes=(1, 2))[:, :, ::-1].copy()
    for symmetries, same in ((True, True), (False, False)):
        one, other = (
            galaxy_features(corner, x, rows, **SETTINGS | {"symmetries": symmetries}) for x in (pictures, turned)
        )
        assert np.allclose(one, other, atol=1e-5) is same


def test_without_colour_the_three_channels_are_equal() -> None:
    found = galaxy_features(corner, images(), np.arange(7), **SETTINGS | {"colour": "remove"})
    np.testing.assert_allclose(found, found[:, :1].repeat(3, axis=1), atol=1e-6)


def test_another_colour_is_refused() -> None:
    with pytest.raises(ArgumentError, match="colour is 'red'; allowed are keep, remove"):
        galaxy_features(corner, images(), np.arange(7), **SETTINGS | {"colour": "red"})


@pytest.mark.parametrize(("aperture", "first"), [(None, "view"), (3.0, "size")])
def test_the_steps_are_one_view_and_the_average(aperture: float | None, first: str) -> None:
    network = BestNetwork(encode=corner, mean=SETTINGS["mean"], std=SETTINGS["std"], identity={})
    given = {key: SETTINGS[key] for key in ("size", "colour", "batch_size", "device")} | {"aperture": aperture}
    steps = feature_steps(network, images(), np.arange(7), **given)
    assert list(steps) == [first, "symmetries"]
    for name, symmetries in ((first, False), ("symmetries", True)):
        changes = {"symmetries": symmetries, "aperture": aperture}
        alone = galaxy_features(corner, images(), np.arange(7), **SETTINGS | changes)
        np.testing.assert_allclose(steps[name], alone, atol=1e-5)
