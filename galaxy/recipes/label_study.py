"""Measures how accuracy grows with the number of labels, for networks from scratch and from pretrained weights.

N is the number of training galaxies of a fold, T of its test galaxies, s the width of a picture in pixels, and K
the number of classes.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.errors import InputError
from galaxy.recipes.label_rows import PROBE, STRENGTHS, dino_features, fit_network, fit_probe
from galaxy.training.seeding import make_deterministic


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Positions of the (N,) training, (V,) validation and (T,) test galaxies in the images."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


def take_share(label: NDArray[np.int64], rows: NDArray[np.int64], share: float, *, seed: int) -> NDArray[np.int64]:
    """Draw the same share of each class, and at least one galaxy of it.

    Args:
        label: (M,) classes of all galaxies.
        rows: (N,) galaxies from which the share is drawn.
        share: Share in (0, 1]. A smaller share is part of a larger one.
        seed: Seed of the draw.

    Raises:
        InputError: If the share has fewer galaxies than there are classes.
    """
    rng, chosen = np.random.default_rng(seed), []
    present = np.unique(label[rows])
    wanted = round(share * len(rows))
    if wanted < len(present):
        raise InputError(
            f"{100 * share:g} % of the {len(rows)} training galaxies is {wanted}, less than one for each of the "
            f"{len(present)} classes; give shares of {math.ceil(1000 * len(present) / len(rows)) / 10:g} % or more"
        )
    for kind in present:
        members = rng.permutation(rows[label[rows] == kind])
        chosen.append(members[: max(1, round(share * len(members)))])
    return np.sort(np.concatenate(chosen))


def measure(
    row: str,
    images: NDArray[np.uint8],
    label: NDArray[np.int64],
    fold: Fold,
    *,
    share: float,
    rates: Sequence[float],
    seeds: Sequence[int],
    epochs: int,
    batch_size: int,
    classes: int,
    device: torch.device,
    dino: Mapping[str, Any],
    weights_folder: Path,
    features: dict[str, NDArray[np.float32]],
) -> dict[str, Any]:
    """Train a row on a share of a fold's labels, with the learning rate that is best on validation galaxies.

    The galaxies of the share are repeated to N per epoch, so that the number of updates does not depend on the share.

    Args:
        row: A name in `ROWS`.
        images: (M, s, s, 3) pictures.
        label: (M,) classes.
        fold: Training, validation and test galaxies.
        share: Share of the fold's training labels that is used.
        rates: Learning rates to choose from with the first seed; the probe chooses among three penalties instead.
        seeds: Seeds of the draw of galaxies, of the weights and of the batches.
        epochs: Number of epochs.
        batch_size: Number of galaxies per update, at most N.
        classes: Number of classes, K.
        device: Device of the network.
        dino: Arguments of `build_backbone` for the probe: name, weights and seed.
        weights_folder: Folder that is searched for the probe's pretrained weights before they are downloaded.
        features: Features of the probe and of frozen parts, by row, kept between calls. They depend on no fold.

    Returns:
        JSON values: `row`, `share`, `galaxies`, `rate`, and for each seed `right`, a text with 1 for each test galaxy
        whose class is found and 0 for others.

    Raises:
        InputError: If a network or its weights cannot be found, or the share has too few galaxies.
    """
    make_deterministic()
    fits: Callable[[NDArray[np.int64], float, int], Callable[[NDArray[np.int64]], NDArray[np.int64]]]
    if row == PROBE:
        if PROBE not in features:
            features[PROBE] = dino_features(images, dino, device, weights_folder=weights_folder)
        fits, choices = partial(fit_probe, features[PROBE], label), list(STRENGTHS)
    else:
        sizes: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size, "items": len(fold.train)}
        sizes |= {"classes": classes, "device": device, "features": features}
        fits, choices = partial(fit_network, row, images, label, **sizes), list(rates)
    first = take_share(label, fold.train, share, seed=seeds[0])
    tried = {choice: fits(first, choice, seeds[0]) for choice in choices}
    held = fold.validation
    best = max(choices, key=lambda choice: float(np.mean(tried[choice](held) == label[held])))
    fitted = [tried[best], *(fits(take_share(label, fold.train, share, seed=s), best, s) for s in seeds[1:])]
    right = [predict(fold.test) == label[fold.test] for predict in fitted]
    texts = ["".join("1" if hit else "0" for hit in hits) for hits in right]
    return {"row": row, "share": share, "galaxies": len(first), "rate": best, "right": texts}
