"""The normalisation of pixels that a safetensors file of weights records in its metadata.

It makes the file enough to train another network from, wherever it has been copied to.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from safetensors import SafetensorError, safe_open

METADATA = "description"
"""The only entry of the metadata, because safetensors writes several entries in no fixed order. It contains JSON."""

MEAN, STD = "mean", "deviation"
"""Keys of the mean and the standard deviation per channel, of pixels scaled to [0, 1]."""


def normalisation_metadata(mean: Sequence[float], std: Sequence[float]) -> dict[str, str]:
    """Return the metadata of a file of weights whose network expects pixels with this normalisation.

    Args:
        mean: Mean of red, green and blue of pixels scaled to [0, 1].
        std: Standard deviation of red, green and blue, in the same units.
    """
    return {METADATA: json.dumps({MEAN: list(mean), STD: list(std)})}


def recorded_normalisation(path: Path) -> tuple[tuple[float, ...], tuple[float, ...]] | None:
    """Return the mean and standard deviation per channel that a file records, of pixels scaled to [0, 1].

    Args:
        path: Path of any checkpoint.

    Returns:
        Both as three numbers; None if the file records none, as those of other programs do.
    """
    try:
        with safe_open(path, "np") as file:  # only the metadata are read, for which torch need not be imported
            description = json.loads(file.metadata()[METADATA])
        mean, std = (tuple(float(value) for value in description[key]) for key in (MEAN, STD))
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    possible = all(0 <= value <= 1 for value in mean) and all(0 < value <= 1 for value in std)
    return (mean, std) if possible and len(mean) == len(std) == 3 else None
