"""Iterated function systems: sets of contractive affine maps of the plane, each of which is one class of pictures.

The singular values of the maps are drawn as in Anderson and Farrell 2022 (arXiv:2110.03091, section 3.2), so that the
points neither collapse nor diverge. Each system is a class, as in Kataoka et al. 2020 (arXiv:2101.08515).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST, MOST = 2, 5
"""Smallest and largest number of maps of a system."""

_FRACTION = 0.12
"""Smallest share of the cells of a coarse grid that must contain points."""

_GRID = 16  # cells on a side of that grid
_TRIALS = 1000


@dataclass(frozen=True, eq=False)
class System:
    """N maps x -> R(turn) diag(s) R(spin) diag(sign) x + shift.

    Attributes:
        turn: (N,) angles of the second rotation in radians.
        spin: (N,) angles of the first rotation in radians.
        values: (N, 2) singular values, the larger first, in (0, 1).
        sign: (N, 2) signs, -1 or 1.
        shift: (N, 2) translations, in [-1, 1].
    """

    turn: NDArray[np.float64]
    spin: NDArray[np.float64]
    values: NDArray[np.float64]
    sign: NDArray[np.float64]
    shift: NDArray[np.float64]

    def matrices(self) -> NDArray[np.float64]:
        """Return the maps as (N, 2, 3) matrices, with the shift in the last column."""
        linear = _rotation(self.turn) * self.values[:, None, :] @ _rotation(self.spin) * self.sign[:, None, :]
        return np.concatenate([linear, self.shift[:, :, None]], axis=2)

    def probabilities(self) -> NDArray[np.float64]:
        """Return the (N,) probabilities of the maps, in proportion to their areas, so that points are spread evenly."""
        area = np.maximum(self.values.prod(axis=1), 0.02)
        share: NDArray[np.float64] = area / area.sum()
        return share


def sample_system(*, seed: int, label: int) -> System:
    """Draw the system of class `label`, which depends on `seed` and `label` only.

    Systems whose points cover too little of their picture are drawn again, as in Kataoka et al.

    Raises:
        ValueError: If `seed` or `label` is negative.
        RuntimeError: If no system of many draws covers enough of its picture, which would be a defect of this code.
    """
    random = np.random.Generator(np.random.SFC64(np.random.SeedSequence([seed, label])))
    for _ in range(_TRIALS):
        count = int(random.integers(FEWEST, MOST + 1))
        # Sums in this range give attractors that fill a good part of the picture (Anderson and Farrell, figure 4).
        values = singular_values(count, total=random.uniform((5 + count) / 2, (6 + count) / 2), random=random)
        system = System(
            turn=random.uniform(0, 2 * math.pi, count),
            spin=random.uniform(0, 2 * math.pi, count),
            values=random.permutation(values),
            sign=random.choice([-1.0, 1.0], (count, 2)),
            shift=random.uniform(-1, 1, (count, 2)),
        )
        if covered_share(system, random) >= _FRACTION:
            return system
    raise RuntimeError(f"no system of class {label}, seed {seed} fills the picture after {_TRIALS} trials")


def singular_values(count: int, *, total: float, random: np.random.Generator) -> NDArray[np.float64]:
    """Draw singular values s1 >= s2 in [0, 1] of all maps, so that the sum of s1 + 2 s2 over the maps is `total`.

    Each pair is drawn uniformly from the range that the earlier pairs leave (Anderson and Farrell, algorithm 1).

    Args:
        count: Number of maps.
        total: Sum of s1 + 2 s2 over the maps, above 0 and below 3 `count`.
        random: Random generator.

    Returns:
        (count, 2) singular values.

    Raises:
        ValueError: If `total` is out of range.
    """
    if not 0 < total < 3 * count:
        raise ValueError(f"singular values of {count} maps cannot sum to {total}; give more than 0, below {3 * count}")
    values = np.empty((count, 2))
    for number in range(count - 1):
        least = max(0.0, total - 3 * (count - 1 - number))  # each of the other maps adds 3 at most
        first = random.uniform(least / 3, min(1.0, total))
        second = random.uniform(max(0.0, (least - first) / 2), min(first, (total - first) / 2))
        values[number] = first, second
        total -= first + 2 * second
    second = random.uniform(max(0.0, (total - 1) / 2), total / 3)
    values[-1] = total - 2 * second, second
    return values


def covered_share(system: System, random: np.random.Generator) -> float:
    """Return the share of the cells of a grid over the points' bounding box that contain any of 1,024 points."""
    maps = system.matrices()
    points = np.zeros((256, 2))
    kept = []
    for step in range(24):
        chosen = maps[random.choice(len(maps), 256, p=system.probabilities())]
        points = np.einsum("nij,nj->ni", chosen[:, :, :2], points) + chosen[:, :, 2]
        if step >= 20:
            kept.append(points)
    cloud = np.concatenate(kept)
    low, extent = cloud.min(axis=0), np.ptp(cloud, axis=0).max()
    if not np.isfinite(extent) or extent < 1e-6 or extent > 50:
        return 0.0
    cells = np.minimum((cloud - low) / extent * _GRID, _GRID - 1).astype(int)
    return len(np.unique(cells[:, 0] * _GRID + cells[:, 1])) / _GRID**2


def _rotation(angle: NDArray[np.float64]) -> NDArray[np.float64]:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.stack([np.stack([cosine, -sine], axis=1), np.stack([sine, cosine], axis=1)], axis=1)
