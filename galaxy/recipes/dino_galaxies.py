"""Draws the training galaxies on which the DINO backbone is fine-tuned."""

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import ArgumentError


def choose_galaxies(train_ids: NDArray[np.str_], *, images: int | None, batch_size: int, seed: int) -> NDArray[np.str_]:
    """Draw the training galaxies on which the backbone is fine-tuned.

    Args:
        train_ids: (N,) ids of the training galaxies, sorted.
        images: Number of galaxies to draw; None takes all.
        batch_size: Number of galaxies per update.
        seed: Seed of the draw.

    Returns:
        (images,) ids, sorted.

    Raises:
        ArgumentError: If there are fewer training galaxies than `images`, or fewer than a batch.
    """
    wanted = len(train_ids) if images is None else images
    if wanted > len(train_ids):
        raise ArgumentError(
            f"images is {wanted}; it must be at most {len(train_ids)}, the number of training galaxies, or null"
        )
    if batch_size > wanted:
        raise ArgumentError(f"batch_size is {batch_size}; it must be at most {wanted}, the galaxies of an epoch")
    chosen = np.random.default_rng(seed).permutation(len(train_ids))[:wanted]
    return train_ids[np.sort(chosen)]
