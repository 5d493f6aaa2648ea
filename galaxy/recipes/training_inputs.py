"""Reads the input of a training: images, or the stored features that the frozen part computes from them."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.data.manifest import Manifest
from galaxy.data.store import ImageStore
from galaxy.digest import value_sha256
from galaxy.errors import ArgumentError, InputError
from galaxy.models.classifier import Classifier
from galaxy.models.state_digest import state_sha256
from galaxy.training.batch_source import array_source
from galaxy.training.code_digest import computation_identity
from galaxy.training.frozen_feature_cache import feature_source, features_of
from galaxy.training.precision import Precision
from galaxy.training.supervised import Source

SourceOf = Callable[[NDArray[np.str_]], Source]
"""Maps (N,) galaxy ids to a source whose item i belongs to galaxy `ids[i]`."""


def check_training_split(manifest: Manifest, classes: Sequence[str], batch_size: int) -> None:
    """Check that networks can be trained on the training split.

    Args:
        manifest: Labels and split of all galaxies.
        classes: Class names in label order.
        batch_size: Galaxies per update, over all processes.

    Raises:
        ArgumentError: If the split has fewer galaxies than a batch.
        InputError: If the split lacks a class, or has a label without a class name.
    """
    labels = manifest.where("train").label
    if batch_size > len(labels):
        raise ArgumentError(
            f"batch_size is {batch_size}; it must be at most {len(labels)}, the number of training galaxies"
        )
    counts = np.bincount(labels, minlength=len(classes))
    if len(counts) > len(classes):
        raise InputError(f"the manifest has label {len(counts) - 1}, but there are only {len(classes)} classes")
    if not counts.all():
        name = classes[int(np.argmin(counts))]
        raise InputError(f"class {name!r} has no galaxy in the training split; give more galaxies or fewer classes")


def image_inputs(store: ImageStore, *, device: torch.device) -> SourceOf:
    """Return a function from galaxy ids to a source of (b, S, S, 3) uint8 images on `device`."""
    return lambda ids: array_source(store.images, store.rows_of(ids), device)


def frozen_feature_key(
    network: Classifier,
    *,
    store_sha256: str,
    architecture: Mapping[str, Any],
    precision: Precision,
    chunk: int,
) -> str:
    """Return the hash of everything that the features of the frozen part depend on.

    Args:
        network: The network.
        store_sha256: SHA-256 of the images' file.
        architecture: Arguments that `network` was built from. Equal weights can give other features with another
            pooling or padding, so features are only reused for the same architecture.
        precision: Device and number format.
        chunk: Number of images that the frozen part processes at a time.
    """
    identity = {
        **computation_identity(precision),
        "store": store_sha256,
        "frozen": state_sha256(network.frozen_tensors()),
        "architecture": dict(architecture),
        "mean": network.normalise.mean,
        "std": network.normalise.std,
        "chunk": chunk,
    }
    return value_sha256(identity)[:24]


def frozen_feature_inputs(
    network: Classifier,
    store: ImageStore,
    *,
    key: str,
    precision: Precision,
    chunk: int,
    folder: Path,
    limit: int,
) -> SourceOf | None:
    """Return a function from galaxy ids to a source of features of the frozen part, from the cache or computed now.

    Args:
        network: Network on the device of `precision`.
        store: Images of all galaxies.
        key: Hash of everything that the features depend on, see `frozen_feature_key`.
        precision: Device and number format.
        chunk: Number of images that the frozen part processes at a time.
        folder: Folder of the cache.
        limit: Largest number of bytes that all cached features may take.

    Returns:
        The function, or None when the features take more than the limit.
    """

    @cache
    def images() -> Source:  # only called for features that are not in the cache, because it may fill GPU memory
        return array_source(store.images, np.arange(len(store)), precision.device)

    features = features_of(
        network,
        lambda positions: images()(positions),
        len(store),
        chunk=chunk,
        precision=precision,
        folder=folder,
        key=key,
        limit=limit,
    )
    if features is None:
        return None
    return lambda ids: feature_source(features, store.rows_of(ids), precision.device, precision.dtype)
