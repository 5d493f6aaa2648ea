"""Estimates the disk space that a run of the pipeline takes, from its parameters.

DVC's cache and the work tree share their files by links, so each out counts once.
"""

import itertools
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galaxy.data.fetch import galaxy10
from galaxy.errors import InputError
from galaxy.workbench.check_data import GALAXY10_COUNT
from galaxy.workbench.named_inputs import from_root

_BLOCKS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
"""Convolutions in each block of a VGG, by its depth; a pooling by two follows each block."""

_CHANNELS = (64, 128, 256, 512, 512)
_TIMM_PARAMETERS = 30e6  # assumed number, because the network is not built to count its parameters
_REST = 300e6  # embeddings, predictions, the page, MLflow's store


def disk_needs(sections: Mapping[str, Any], *, number_bytes: int) -> dict[str, float]:
    """Return the estimated bytes by purpose.

    Args:
        sections: All sections of params.yaml, validated.
        number_bytes: Bytes of a number in the format in which the device trains: 2 of bfloat16, 4 of float32.
    """
    download, seeds = sections["download"], len(sections["train"].seeds)
    count, data = GALAXY10_COUNT, float(galaxy10.BYTES)  # downloads/ and data/ share it by a link
    if download.source == "rendered":
        count, data = download.rendered.count, float(download.rendered.count * download.rendered.size**2 * 3)
    elif download.source != "galaxy10":
        path = from_root(download.source)
        data = float(path.stat().st_size) if path.is_file() else 0.0
        count = _galaxies(path)
    size, train = sections["split"].size, sections["train"]
    parameters = [vgg_parameters(e) if e.kind == "vgg" else _other(e) for e in sections["models"].values()]
    features = 0.0
    if not (train.flips or train.rotations or train.mixup):
        frozen = [frozen_values(e, size) for e in sections["models"].values() if e.kind == "vgg"]
        features = min(sum(frozen) * count * float(number_bytes), _cache_limit())
    return {
        "data": data,
        "store": float(count * size**2 * 3),
        "features of frozen layers": features,
        "models": 4.0 * seeds * sum(parameters),
        # Weights, AdamW's two averages and the best epoch's weights; finished seeds wait for the last one.
        "unfinished training": 4.0 * 4 * seeds * max(parameters, default=0.0),
        "other": _REST,
    }


def vgg_parameters(entry: Any) -> float:
    """Return the number of parameters of a VGG row with ten classes, biases left out."""
    total, last = 0.0, 3
    for convolutions, channels in zip(_BLOCKS[entry.depth], _CHANNELS, strict=True):
        for _ in range(convolutions):
            wide = entry.channels or channels
            total, last = total + 9 * last * wide, wide
    sizes = [last * entry.grid**2, *entry.head, 10]
    return total + float(sum(a * b for a, b in itertools.pairwise(sizes)))


def frozen_values(entry: Any, size: int) -> float:
    """Return the number of values per image that the frozen part of a VGG row computes; 0 if no layer is frozen.

    Args:
        entry: The row's entry in `models`.
        size: Pixels on a side of the images.
    """
    left = entry.freeze
    for block, (convolutions, channels) in enumerate(zip(_BLOCKS[entry.depth], _CHANNELS, strict=True)):
        if left <= 0:
            break
        pools = block + (left >= convolutions)
        values = float((entry.channels or channels) * (size >> pools) ** 2)
        left -= convolutions
    return values if entry.freeze else 0.0


def _other(entry: Any) -> float:
    return 1e6 if entry.kind in {"custom", "gcnn"} else _TIMM_PARAMETERS


def _cache_limit() -> float:
    try:
        return float(os.environ.get("GALAXY_CACHE_GIB", "24")) * 2**30
    except ValueError:
        return 24.0 * 2**30


def _galaxies(path: Path) -> int:
    from galaxy.workbench.check_data import read_shape

    try:
        return read_shape(path)[0] if path.is_file() else 0
    except InputError:
        return 0  # `data_problems` says what is wrong with it
