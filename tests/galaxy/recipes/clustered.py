"""Features of three classes that lie apart, and settings to cluster them with."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.data.manifest import Manifest

CLASSES = ("one", "two", "three")
COUNT = 120
SETTINGS: dict[str, Any] = {
    "clusters": None,
    "seeds": [0, 1],
    "reduction": "whitening",
    "components": [3],
    "whitening": 0.5,
    "method": "heads",
    "heads": 4,
    "neighbours": 8,
    "updates": 120,
}


def galaxies() -> Manifest:
    """Return a manifest of `COUNT` galaxies, a third of each class: 72 to train with, 18 to validate, 30 to test."""
    label = np.arange(COUNT) % 3
    return Manifest(
        id=np.array([f"{number:06d}" for number in range(COUNT)]),
        row=np.arange(COUNT),
        ra=np.full(COUNT, np.nan),
        dec=np.full(COUNT, np.nan),
        label=label,
        group=np.arange(COUNT),
        split=np.array(["train"] * 72 + ["validation"] * 18 + ["test"] * 30),
        sha256="m",
    )


def features() -> NDArray[np.float32]:
    """Return ten features of each galaxy, around a centre for each class."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(3, 10)) * 3
    return (centres[galaxies().label] + rng.normal(size=(COUNT, 10)) * 0.5).astype(np.float32)
