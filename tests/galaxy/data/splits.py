"""Splits of galaxies that are known by their numbers alone."""

import numpy as np
from numpy.typing import NDArray

from galaxy.data.split import split_galaxies


def digests(count: int, seed: int) -> NDArray[np.uint8]:
    """Return random SHA-256 digests of the pixels."""
    return np.random.default_rng(seed).integers(0, 256, (count, 32), dtype=np.uint8)


def sides(label: NDArray[np.int64], group: NDArray[np.int64], digest: NDArray[np.uint8], **changes: float) -> list[str]:
    """Return the split of each galaxy: 10 % to validate and 20 % to test, unless changed."""
    names = [f"class {index}" for index in range(int(label.max()) + 1)]
    options = {"validation": 0.1, "test": 0.2} | changes
    seed = int(options.pop("seed", 0))
    return [str(side) for side in split_galaxies(label, group, digest, class_names=names, seed=seed, **options)]
