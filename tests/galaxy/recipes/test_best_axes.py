import numpy as np
import pytest

from galaxy.recipes.best_axes import explained_axes
from tests.galaxy.recipes.clustered import COUNT, galaxies


def test_components_follow_what_they_are_made_of() -> None:
    rng = np.random.default_rng(2)
    size, angle = rng.normal(size=(COUNT, 1)), rng.uniform(0, np.pi, COUNT)
    orientation = np.stack([np.cos(2 * angle), np.sin(2 * angle)], axis=1)
    first = 3 * size[:, 0] + 0.1 * rng.normal(size=COUNT)
    components = np.stack([first, orientation[:, 0], np.eye(3)[galaxies().label][:, 1]], axis=1).astype(np.float32)
    found = explained_axes(components, {"size": size, "orientation": orientation}, galaxies(), classes=3)
    r2 = {name: part["leading"] for name, part in found["r2"].items()}
    assert r2["size"][0] > 0.99
    assert r2["orientation"][1] == r2["class"][2] == 1.0
    assert max(r2["size"][1:] + r2["class"][:2] + r2["orientation"][::2]) < 0.2
    assert found["r2"]["all but the class"]["leading"][:2] == pytest.approx([1, 1], abs=0.01)
    assert found["share"] == sorted(found["share"], reverse=True)
    assert found["r2"]["size"]["all"] > 0.8
