"""Writes the files of weights that come with the repository."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from galaxy.atomic import atomic_path, write_text
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.models.own_weights import SUMS, OwnWeights, describe_own_weights
from galaxy.models.recorded_normalisation import MEAN, METADATA, STD


def save_own_weights(
    folder: Path,
    name: str,
    tensors: Mapping[str, torch.Tensor],
    *,
    weights: str,
    network: Mapping[str, Any],
    mean: Sequence[float],
    std: Sequence[float],
    learnt_from: str,
) -> OwnWeights:
    """Write one file of weights, rounded to float16, and record its hash.

    Args:
        folder: Folder of the files.
        name: Name of the file without suffix.
        tensors: Weights by name.
        weights: One of `OWN_WEIGHTS`.
        network: Arguments, by name, with which a network must be built to fit these weights.
        mean: Mean per channel of pixels scaled to [0, 1] by which the network's input is normalised.
        std: Standard deviation per channel, in the same units.
        learnt_from: Text that says on which and how many pictures the network was trained.

    Raises:
        InputError: If a value is NaN or too large for float16.
    """
    half = {key: t.half() if t.is_floating_point() else t for key, t in tensors.items()}
    for key, tensor in half.items():
        if not torch.isfinite(tensor).all():
            raise InputError(f"{key} of {name} has values that float16 cannot hold; train again with a smaller lr")
    description = {
        "weights": weights,
        "network": dict(network),
        MEAN: list(mean),
        STD: list(std),
        "learnt_from": learnt_from,
    }
    path = folder / f"{name}.safetensors"
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as temporary:
        contiguous = {key: tensor.contiguous() for key, tensor in half.items()}
        save_file(contiguous, temporary, metadata={METADATA: json.dumps(description)})
    digests = {file.name: file_sha256(file) for file in sorted(folder.glob("*.safetensors"))}
    write_text(folder / SUMS, "".join(f"{digest}  {file}\n" for file, digest in digests.items()))
    return describe_own_weights(path, digests[path.name])
