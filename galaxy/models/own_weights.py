"""The weights that come with the repository, which were trained on pictures that the project draws.

Each file in `galaxy/weights/` is a safetensors file of float16 tensors. Its metadata describe the network that it
fits, the normalisation of the pixels, and the pictures that it was trained on. `SHA256SUMS` in the same folder contains
the hashes of all files. `make weights` creates the files.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models.recorded_normalisation import MEAN, METADATA, STD

FOLDER = Path(__file__).parents[1] / "weights"
SUMS = "SHA256SUMS"

OWN_WEIGHTS = ("fractals", "rendered")
"""Names of the weights that were trained on fractals or on rendered galaxies."""


@dataclass(frozen=True, eq=False)
class OwnWeights:
    """One file of weights.

    Attributes:
        name: Name of the file without suffix.
        weights: One of `OWN_WEIGHTS`.
        network: Arguments, by name, with which a network must be built to fit these weights.
        mean: Mean per channel of pixels scaled to [0, 1] by which the network's input is normalised.
        std: Standard deviation per channel, in the same units.
        learnt_from: Text that says on which and how many pictures the network was trained.
        sha256: SHA-256 of the file.
        path: Path of the file.
    """

    name: str
    weights: str
    network: Mapping[str, Any]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    learnt_from: str
    sha256: str
    path: Path


def find_own_weights(weights: str, network: Mapping[str, Any], *, folder: Path = FOLDER) -> OwnWeights:
    """Find the file of these weights for this network, and check its hash.

    Args:
        weights: One of `OWN_WEIGHTS`.
        network: `kind` and arguments from which the network is built; for a transformer of the unsupervised branch,
            `kind` is dino and `backbone` its name.
        folder: Folder of the files.

    Raises:
        InputError: If there are no such weights for this network, or the file is missing, damaged or not the one whose
            hash is recorded.
    """
    if weights not in OWN_WEIGHTS:
        raise InputError(f"unknown weights {weights!r}; allowed are {', '.join(OWN_WEIGHTS)}")
    alike = [own for own in list_own_weights(folder) if own.weights == weights]
    for own in alike:
        if all(network.get(key) == value for key, value in own.network.items()):
            if file_sha256(own.path) != own.sha256:
                raise InputError(f"{own.path} is damaged: its SHA-256 is not that in {SUMS}; restore it from git")
            return own
    known = "; ".join(_words(own.network) for own in alike) or "none"
    keys = dict.fromkeys(key for own in alike for key in own.network if own.network["kind"] == network.get("kind"))
    given = _words({key: network.get(key) for key in keys or ("kind",)})
    raise InputError(f"there are no weights {weights} for the network {given}; there are for: {known}")


def list_own_weights(folder: Path = FOLDER) -> list[OwnWeights]:
    """Return all files that `SHA256SUMS` names, in its order.

    Raises:
        InputError: If a file is missing or damaged, or does not contain such weights.
    """
    sums = folder / SUMS
    if not sums.is_file():
        raise InputError(f"{sums} is missing: restore it from git, or run make weights")
    lines = sums.read_text(encoding="utf-8", errors="replace").splitlines()
    pairs = [re.fullmatch(r"([0-9a-f]{64})  (\S+)", line) for line in lines]
    if not pairs or None in pairs:
        raise InputError(f"{sums} is not a list of hashes; restore it from git, or run make weights")
    return [describe_own_weights(folder / pair[2], pair[1]) for pair in pairs if pair]


def describe_own_weights(path: Path, sha256: str) -> OwnWeights:
    """Read the description in one file of weights, without its tensors.

    Args:
        path: Path of the file.
        sha256: SHA-256 of the file, which is not checked.

    Raises:
        InputError: If the file is missing or does not contain such weights.
    """
    try:
        with safe_open(path, "np") as file:  # only the description is read, for which torch need not be imported
            description = json.loads(file.metadata()[METADATA])
        return OwnWeights(
            name=path.stem,
            weights=description["weights"],
            network=description["network"],
            mean=tuple(description[MEAN]),
            std=tuple(description[STD]),
            learnt_from=description["learnt_from"],
            sha256=sha256,
            path=path,
        )
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())[:100]
        raise InputError(f"{path} is not a file of the project's weights ({reason}); restore it from git") from None


def _words(network: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in network.items())
