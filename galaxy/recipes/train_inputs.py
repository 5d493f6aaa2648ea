"""What a training reads: the images, or what the network's frozen part makes of them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.data.store import ImageStore
from galaxy.digest import value_sha256
from galaxy.errors import InputError
from galaxy.models.classifier import Classifier
from galaxy.training.batch_source import array_source
from galaxy.training.frozen_feature_cache import feature_source, features_of
from galaxy.training.precision import Precision
from galaxy.training.supervised import Source


@dataclass(frozen=True, eq=False)
class Inputs:
    """Sources of batches by galaxy id.

    Attributes:
        store: The images.
        features: Of the frozen part, in the store's order; None where it is computed in every step.
        device: Where batches are wanted.
    """

    store: ImageStore
    features: NDArray[np.generic] | None
    device: torch.device

    @property
    def kept(self) -> bool:
        """Whether sources give features instead of images."""
        return self.features is not None

    def source(self, ids: NDArray[np.str_]) -> Source:
        """Batches of these galaxies; position i is `ids[i]`."""
        rows = self.store.rows_of(ids)
        if self.features is None:
            return array_source(self.store.images, rows, self.device)
        return feature_source(self.features, rows, self.device, Precision.of(self.device).dtype)


def make_inputs(
    network: Classifier,
    store: ImageStore,
    device: torch.device,
    *,
    chunk: int,
    folder: Path,
    identity: Mapping[str, Any],
    keep: bool,
) -> Inputs:
    """Images, or kept features when `keep` allows it and the network has a frozen part.

    The environment variable GALAXY_CACHE_GIB bounds what all kept features in `folder` take, 24 GiB by default.
    """
    if not keep or not network.has_frozen_part:
        return Inputs(store, None, device)
    shown = os.environ.get("GALAXY_CACHE_GIB", "24")
    try:
        limit = int(float(shown) * 2**30)
    except (ValueError, OverflowError):  # no number, NaN or infinite
        raise InputError(f"GALAXY_CACHE_GIB is {shown!r}; give a number of GiB, 0 keeps nothing") from None
    precision = Precision.of(device)
    whole = {**identity, "mean": network.normalise.mean, "deviation": network.normalise.deviation}

    @cache
    def images() -> Source:
        return array_source(store.images, np.arange(len(store)), device)

    features = features_of(
        network,
        lambda positions: images()(positions),  # made when nothing is kept yet: it may move all images to the device
        len(store),
        chunk=chunk,
        precision=precision,
        folder=folder,
        key=value_sha256({**whole, "precision": str(precision.dtype), "chunk": chunk})[:24],
        limit=limit,
    )
    if features is None:
        return Inputs(store, None, device)
    return Inputs(store, features, device)
