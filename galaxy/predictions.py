"""The file of a model's predictions, from which all metrics are computed without the model.

S is the number of trainings (seeds), M the number of validation and test galaxies, and K the number of classes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError
from galaxy.npz import read_npz, write_npz

SPLITS = ("validation", "test")
KEYS = ("id", "split", "label", "seed", "probability", "classes", "manifest")

# Probabilities are float32 softmax outputs: K roundings of 6e-8 and some room for other writers.
SUM_TOLERANCE = 1e-4


@dataclass(frozen=True, kw_only=True)
class Predictions:
    """Class probabilities of several trainings of one model; checked when made, so that every instance is valid.

    Raises:
        InputError: If an array has the wrong shape or type, ids repeat or are not sorted, a split is unknown, a label
            is out of range, a probability is NaN or outside [0, 1], or a row does not sum to one.
    """

    id: NDArray[np.str_]
    """(M,) galaxy ids, sorted, unique."""
    split: NDArray[np.str_]
    """(M,) "validation" or "test"."""
    label: NDArray[np.int64]
    """(M,) true class, 0 to K - 1."""
    seed: NDArray[np.int64]
    """(S,) seed of each training."""
    probability: NDArray[np.float32]
    """(S, M, K), rows summing to one."""
    classes: NDArray[np.str_]
    """(K,) class names in label order."""
    manifest: str
    """SHA-256 of the split manifest by which the model was trained."""

    def __post_init__(self) -> None:
        _check_layout(self)
        _check_values(self)

    def where(self, split: str) -> "Predictions":
        """Return the predictions of one split.

        Raises:
            InputError: If `split` is neither "validation" nor "test".
        """
        if split not in SPLITS:
            raise InputError(f"unknown split {split!r}; predictions hold {' and '.join(SPLITS)}")
        keep = self.split == split
        return Predictions(
            id=self.id[keep],
            split=self.split[keep],
            label=self.label[keep],
            seed=self.seed,
            probability=self.probability[:, keep],
            classes=self.classes,
            manifest=self.manifest,
        )


def save_predictions(path: Path, predictions: Predictions) -> None:
    """Write `predictions` as .npz, atomically; equal predictions give equal bytes."""
    arrays = {
        "id": predictions.id,
        "split": predictions.split,
        "label": predictions.label,
        "seed": predictions.seed,
        "probability": predictions.probability,
        "classes": predictions.classes,
        "manifest": np.asarray(predictions.manifest),
    }
    write_npz(path, arrays)


def load_predictions(path: Path) -> Predictions:
    """Read and check a file written by `save_predictions`.

    Raises:
        InputError: If the file is missing, damaged, no .npz, lacks an array, or its content is invalid.

    Example:
        >>> import tempfile
        >>> made = Predictions(
        ...     id=np.array(["a", "b"]),
        ...     split=np.array(["test", "validation"]),
        ...     label=np.array([0, 1]),
        ...     seed=np.array([0]),
        ...     probability=np.array([[[0.75, 0.25], [0.5, 0.5]]], dtype=np.float32),
        ...     classes=np.array(["smooth", "spiral"]),
        ...     manifest="",
        ... )
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_predictions(Path(folder) / "custom.npz", made)
        ...     load_predictions(Path(folder) / "custom.npz").where("test").probability
        array([[[0.75, 0.25]]], dtype=float32)
    """
    arrays: dict[str, Any] = read_npz(path, KEYS, writer="training or clustering")
    try:
        return Predictions(**{key: arrays[key] for key in KEYS if key != "manifest"}, manifest=str(arrays["manifest"]))
    except InputError as error:
        raise InputError(f"{path}: {error}") from None


def _check_layout(given: Predictions) -> None:
    shape = given.probability.shape
    if given.probability.ndim != 3:
        raise InputError(f"probability has shape {shape}; it must be (seeds, galaxies, classes)")
    seeds, galaxies, classes = shape
    for name, array, length, kind in (
        ("id", given.id, galaxies, "U"),
        ("split", given.split, galaxies, "U"),
        ("label", given.label, galaxies, "i"),
        ("seed", given.seed, seeds, "i"),
        ("classes", given.classes, classes, "U"),
    ):
        if array.shape != (length,) or array.dtype.kind != kind:
            wanted = {"U": "text", "i": "signed integers"}[kind]
            raise InputError(
                f"{name} has shape {array.shape} and type {array.dtype}; with probability of shape {shape} it must "
                f"have shape ({length},) and contain {wanted}"
            )
    if given.probability.dtype != np.float32:
        raise InputError(f"probability is {given.probability.dtype}; it must be float32")
    if seeds == 0 or classes == 0:
        raise InputError(f"probability has shape {shape}; at least one seed and one class are needed")


def _check_values(given: Predictions) -> None:
    for name, array in (("id", given.id), ("seed", given.seed), ("classes", given.classes)):
        unique, counts = np.unique(array, return_counts=True)
        if len(unique) != len(array):
            raise InputError(f"{name} {unique[counts > 1][0]!s} occurs more than once; each must be unique")
    if np.any(given.id[1:] < given.id[:-1]):
        raise InputError("the galaxies are not sorted by id; sort them, with each id once")
    unknown = ~np.isin(given.split, SPLITS)
    if unknown.any():
        raise InputError(f"split {str(given.split[unknown][0])!r} is unknown; allowed are {' and '.join(SPLITS)}")
    classes = len(given.classes)
    outside = (given.label < 0) | (given.label >= classes)
    if outside.any():
        raise InputError(f"label {given.label[outside][0]} lies outside the {classes} classes (0 to {classes - 1})")
    _check_probability(given)


def _check_probability(given: Predictions) -> None:
    probability = given.probability
    # Written as "not (inside)", because NaN compares false.
    bad = ~((probability >= 0) & (probability <= 1 + SUM_TOLERANCE)).all(axis=2)
    if bad.any():
        seed, galaxy = np.argwhere(bad)[0]
        raise InputError(
            f"the probabilities of galaxy {given.id[galaxy]} (seed {given.seed[seed]}) are "
            f"{_brief(probability[seed, galaxy])}; each must be a number in [0, 1]"
        )
    total = probability.sum(axis=2, dtype=np.float64)
    off = np.abs(total - 1) > SUM_TOLERANCE
    if off.any():
        seed, galaxy = np.argwhere(off)[0]
        raise InputError(
            f"the probabilities of galaxy {given.id[galaxy]} (seed {given.seed[seed]}) sum to "
            f"{total[seed, galaxy]:.6g}; they must sum to 1 within {SUM_TOLERANCE:g}"
        )


def _brief(values: NDArray[np.float32]) -> str:
    shown = ", ".join(f"{value:.4g}" for value in values[:4])
    return f"[{shown}{', ...' if len(values) > 4 else ''}]"
