"""A cache on disk of the features that the frozen part of a network computes.

Without augmentation the frozen part gives the same features of a galaxy in every epoch and for every seed. Training on
stored features gives the same bits as computing them in each step, because maps are stored in the memory format in
which they were computed, with channels last.
"""

import fcntl
import json
import logging
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.atomic import atomic_path, write_text
from galaxy.digest import file_sha256
from galaxy.reserved_memmap import create_memmap
from galaxy.training.batch_source import array_source
from galaxy.training.frozen import frozen_features
from galaxy.training.precision import Precision
from galaxy.training.supervised import Network, Source

_log = logging.getLogger(__name__)
_IN_MEMORY = 1 << 28  # bytes up to which features are read into memory; larger ones stay a memory map


def features_of(
    network: Network,
    images: Source,
    items: int,
    *,
    chunk: int,
    precision: Precision,
    folder: Path,
    key: str,
    limit: int,
) -> NDArray[np.generic] | None:
    """Return the features of items 0 to N - 1, from the cache or computed now.

    Args:
        network: Network whose frozen part computes the features, on the device.
        images: Source of (b, S, S, 3) uint8 batches.
        items: Number of items, N.
        chunk: Number of images that the frozen part computes at a time.
        precision: Device and number format.
        folder: Folder of the cache, for this and other networks. The least recently used features are removed to make
            room.
        key: Hash of everything that the features depend on: frozen weights, images, code, device, number format.
        limit: Largest number of bytes of the whole cache. It also never takes more than half of the disk that is free
            or its own.

    Returns:
        (N, D) features, or (N, H, W, C) maps; bfloat16 is stored as int16. None when they exceed the limit, and must
        be computed in every step.
    """
    path = folder / f"{key}.npy"
    if (kept := _read(path)) is not None:
        return kept
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one process at a time computes; another may have done it meanwhile
        kept = _read(path)
        if kept is not None:
            return kept
        return _compute_all(network, images, items, path, chunk=chunk, precision=precision, limit=limit)


def _compute_all(
    network: Network, images: Source, items: int, path: Path, *, chunk: int, precision: Precision, limit: int
) -> NDArray[np.generic] | None:
    folder = path.parent
    path.unlink(missing_ok=True)
    for left in folder.glob(".*.part"):  # of runs that were killed
        left.unlink(missing_ok=True)
    one = _compute(network, images, torch.arange(1), precision, chunk)
    size = one.nbytes * items
    room = min(limit, (shutil.disk_usage(folder).free + sum(file.st_size for file, _ in _stored(folder))) // 2)
    if size > room:
        _log.warning(
            "the features of the frozen part take %.3g GiB, more than the cache may hold; they are computed again in "
            "every step",
            size / 2**30,
        )
        return None
    _make_room(folder, room - size)
    with atomic_path(path) as temporary:
        array = create_memmap(temporary, dtype=one.dtype, shape=(items, *one.shape[1:]))
        parts = torch.split(torch.arange(items), chunk)
        for part in tqdm(parts, desc="frozen part", disable=None, file=sys.stderr, unit="batch"):
            array[int(part[0]) : int(part[-1]) + 1] = _compute(network, images, part, precision, chunk)
        array.flush()
        del array
    write_text(path.with_suffix(".json"), json.dumps({"sha256": file_sha256(path)}))
    return _read(path)


def remove_features(folder: Path, key: str) -> None:
    """Remove stored features, which take gigabytes, when no training needs them any more.

    Args:
        folder: Folder of the cache.
        key: As in `features_of`.
    """
    for suffix in (".json", ".npy"):  # without their hash, features are not read
        (folder / f"{key}{suffix}").unlink(missing_ok=True)


def feature_source(
    features: NDArray[np.generic], rows: NDArray[np.int64], device: torch.device, dtype: torch.dtype
) -> Source:
    """Return a source of stored features in the form that the frozen part gives: maps (b, C, H, W), channels last.

    Args:
        features: Array from `features_of`.
        rows: (N,) position in `features` of each of the N items.
        device: Device of the batches.
        dtype: Number format in which the features were computed.
    """
    batches = array_source(features, rows, device)

    def source(positions: torch.Tensor) -> torch.Tensor:
        batch = batches(positions)
        if batch.dtype == torch.int16:
            batch = batch.view(dtype)
        return batch.permute(0, 3, 1, 2) if batch.ndim == 4 else batch

    return source


def _compute(
    network: Network, images: Source, positions: torch.Tensor, precision: Precision, chunk: int
) -> NDArray[np.generic]:
    network.train(False)
    with torch.no_grad(), precision.casting():
        features = frozen_features(network, network.normalise(images(positions)), chunk=chunk)
    if features.ndim == 4:
        features = features.permute(0, 2, 3, 1)
    if features.dtype == torch.bfloat16:
        features = features.contiguous().view(torch.int16)
    found: NDArray[np.generic] = features.cpu().numpy()
    return found


def _read(path: Path) -> NDArray[np.generic] | None:
    try:
        wanted = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))["sha256"]
        if file_sha256(path) != wanted:
            _log.warning("the stored features %s are damaged; they are computed again", path)
            return None
        os.utime(path)  # `_make_room` removes the least recently used file first
        mapped: NDArray[np.generic] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return np.array(mapped) if mapped.nbytes <= _IN_MEMORY else mapped


def _stored(folder: Path) -> list[tuple[os.stat_result, Path]]:
    """Return all stored features, the least recently used first."""
    found = []
    for path in folder.glob("*.npy"):
        with suppress(FileNotFoundError):  # another training has just removed its features
            found.append((path.stat(), path))
    return sorted(found, key=lambda pair: pair[0].st_mtime)


def _make_room(folder: Path, most: int) -> None:
    """Remove the least recently used features until the others take at most `most` bytes."""
    stored = _stored(folder)
    used = sum(file.st_size for file, _ in stored)
    for file, path in stored:
        if used <= most:
            return
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)
        used -= file.st_size
