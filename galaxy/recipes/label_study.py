"""How accuracy grows with the number of labels, for networks from scratch and from pretrained weights.

Letters: N training galaxies of a fold, T its test galaxies, s pixels on a side, K classes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from galaxy.data.augmentation import Augmentation
from galaxy.errors import InputError
from galaxy.models.classifier import Classifier
from galaxy.models.dino_backbone import cls_tokens, normalisation
from galaxy.models.efficientnet_lite0 import create_efficientnet_lite0
from galaxy.recipes.dino_build import build_backbone
from galaxy.recipes.network import plan_network
from galaxy.training.batch_source import array_source
from galaxy.training.batches import batch_sizes
from galaxy.training.inference import predict_logits
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.schedules import constant, cosine
from galaxy.training.seeding import derive_seed, make_deterministic, seed_layers
from galaxy.training.supervised import SupervisedStep

_VGG: dict[str, Any] = {"kind": "vgg", "depth": 11, "channels": 32, "batch_norm": False, "grid": 2, "head": [128]}
_VGG |= {"dropout": 0.0, "freeze": 0, "reinit": 0, "init": "kaiming", "variance": 1e-2}
_CUSTOM: dict[str, Any] = {"kind": "custom", "pool": 2, "channels": 32, "blocks": [1, 1, 2, 2], "head": [256]}
_CUSTOM |= {"order": "relu-norm", "dropout": 0.0, "init": "kaiming", "variance": 1e-2}
_LITE: dict[str, Any] = {"kind": "timm", "name": "efficientnet_lite0"}

NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "custom-scratch": ("random", _CUSTOM),
    "vgg-scratch": ("random", _VGG),
    "vgg-fractals-deep": ("fractals", _VGG),
    "vgg-fractals-shallow": ("fractals", _VGG | {"freeze": 8}),
    "vgg-rendered-deep": ("rendered", _VGG),
    "vgg-rendered-shallow": ("rendered", _VGG | {"freeze": 8}),
    "custom-rendered": ("rendered", _CUSTOM),
    "imagenet-deep": ("package", _LITE | {"tune": "all"}),
    "imagenet-shallow": ("package", _LITE | {"tune": "head"}),
}
"""Weights and architecture by the name of the row. Deep rows tune all layers, shallow ones the last or the head."""

PROBE = "dino-probe"
ROWS = (*NETWORKS, PROBE)
SCRATCH = ("custom-scratch", "vgg-scratch")

_STRENGTHS = (1e-3, 1e-2, 1e-1)  # inverse penalties of the probe, in the place of the learning rates


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Rows of the images: (N,) training, (V,) validation and (T,) test galaxies."""

    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]


def take_share(label: NDArray[np.int64], rows: NDArray[np.int64], share: float, *, seed: int) -> NDArray[np.int64]:
    """Draw a share of the galaxies, the same share of each class and at least one of it.

    Args:
        label: Classes of all galaxies.
        rows: (N,) galaxies of which are drawn.
        share: Share in (0, 1]. A smaller share is part of a larger one.
        seed: Seed of the draw.

    Raises:
        InputError: There are fewer galaxies in the share than classes.
    """
    rng, chosen = np.random.default_rng(seed), []
    present = np.unique(label[rows])
    wanted = round(share * len(rows))
    if wanted < len(present):
        raise InputError(
            f"{100 * share:g} % of {len(rows)} training galaxies are {wanted}, fewer than the {len(present)} classes; "
            "give larger shares"
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
    features: dict[str, NDArray[np.float32]],
) -> dict[str, Any]:
    """Train a row on a share of a fold's labels, with the learning rate that is best on validation galaxies.

    An epoch takes the galaxies of the share as often as makes N, so that each share has the same number of updates.

    Args:
        row: A name in `ROWS`.
        images: (M, s, s, 3) pictures.
        label: (M,) classes.
        fold: Training, validation and test galaxies.
        share: Of the fold's training labels.
        rates: Learning rates to choose from with the first seed; the probe chooses among three penalties instead.
        seeds: Of the draw of galaxies, of the weights and of the batches.
        epochs: Number of epochs.
        batch_size: Galaxies an update, at most N.
        classes: K.
        device: Where it computes.
        dino: Arguments of `build_backbone` for the probe.
        features: Features of the probe, kept between calls.

    Returns:
        JSON values: `row`, `share`, `galaxies`, `rate`, and for each seed `right`, a text with 1 for each test galaxy
        whose class is found and 0 for others.

    Raises:
        InputError: A network or its weights cannot be had, or the share has too few galaxies.
    """
    make_deterministic()
    fits: Callable[[NDArray[np.int64], float, int], Callable[[NDArray[np.int64]], NDArray[np.int64]]]
    if row == PROBE:
        if PROBE not in features:
            features[PROBE] = _dino_features(images, dino, device)
        fits, choices = partial(_fit_probe, features[PROBE], label), list(_STRENGTHS)
    else:
        sizes: dict[str, Any] = {"epochs": epochs, "batch_size": batch_size, "items": len(fold.train)}
        fits, choices = partial(_fit_network, row, images, label, classes=classes, device=device, **sizes), list(rates)
    first = take_share(label, fold.train, share, seed=seeds[0])
    tried = {choice: fits(first, choice, seeds[0]) for choice in choices}
    held = fold.validation
    best = max(choices, key=lambda choice: float(np.mean(tried[choice](held) == label[held])))
    fitted = [tried[best], *(fits(take_share(label, fold.train, share, seed=s), best, s) for s in seeds[1:])]
    right = [predict(fold.test) == label[fold.test] for predict in fitted]
    texts = ["".join("1" if hit else "0" for hit in hits) for hits in right]
    return {"row": row, "share": share, "galaxies": len(first), "rate": best, "right": texts}


def _fit_probe(
    features: NDArray[np.float32], label: NDArray[np.int64], rows: NDArray[np.int64], strength: float, seed: int
) -> Callable[[NDArray[np.int64]], NDArray[np.int64]]:
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=300, random_state=seed))
    probe.fit(features[rows], label[rows])
    return lambda given: np.asarray(probe.predict(features[given]), dtype=np.int64)


def _fit_network(
    row: str,
    images: NDArray[np.uint8],
    label: NDArray[np.int64],
    rows: NDArray[np.int64],
    rate: float,
    seed: int,
    *,
    items: int,
    epochs: int,
    batch_size: int,
    classes: int,
    device: torch.device,
) -> Callable[[NDArray[np.int64]], NDArray[np.int64]]:
    batch_size = min(batch_size, items)
    network = _build(row, images, rows, classes=classes, seed=seed).to(device)
    if device.type == "cpu":
        network.to(memory_format=torch.channels_last)
    repeated = np.resize(np.random.default_rng(derive_seed("share", seed)).permutation(rows), items)
    step = SupervisedStep(
        network,
        array_source(images, repeated, device),
        torch.from_numpy(label[repeated]).to(device),
        chunk=batch_size,
        augment=Augmentation(True, True),
    )
    updates, precision = epochs * len(batch_sizes(items, batch_size)), Precision.of(device)
    schedules = {"lr": cosine(rate, rate / 100, updates=updates), "weight_decay": constant(0.01)}
    fit(
        step,
        items=items,
        epochs=epochs,
        batch_size=batch_size,
        seed=seed,
        schedules=schedules,
        precision=precision,
        clip_norm=1.0,
    )
    network.eval()

    def predict(given: NDArray[np.int64]) -> NDArray[np.int64]:
        source = array_source(images, given, device)
        logits = predict_logits(network, source, len(given), precision=precision, chunk=batch_size)
        return np.asarray(logits.argmax(dim=1).cpu(), dtype=np.int64)

    return predict


def _build(row: str, images: NDArray[np.uint8], rows: NDArray[np.int64], *, classes: int, seed: int) -> Classifier:
    weights, architecture = NETWORKS[row]
    package = weights == "package"
    plan = plan_network(
        architecture,
        classes=classes,
        weights="random" if package else weights,
        normalise="imagenet" if package else None,
        images=images,
        rows=rows,
        root=Path(),
        verbose=False,
    )
    network = plan.build(seed=seed)
    if package:
        lite, _, _ = create_efficientnet_lite0()
        found: Any = network.network
        missing = found.load_state_dict(lite.state_dict(), strict=False).missing_keys
        if any(not name.startswith("classifier") for name in missing):
            raise InputError(
                "ImageNet's weights do not fit timm's efficientnet_lite0; install the versions of the lock"
            )
        seed_layers("weights", seed)
    return network


@torch.inference_mode()
def _dino_features(images: NDArray[np.uint8], dino: Mapping[str, Any], device: torch.device) -> NDArray[np.float32]:
    backbone, _ = build_backbone(
        dino["name"], weights=dino["weights"], seed=dino["seed"], weights_folder=Path("weights")
    )
    network = backbone.eval().to(device)
    mean, std = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in normalisation(network))
    found = []
    for start in range(0, len(images), 64):
        pixels = torch.from_numpy(images[start : start + 64]).to(device).permute(0, 3, 1, 2).float() / 255
        found.append(cls_tokens(network, (pixels - mean) / std, blocks=4).float().cpu().numpy())
    return np.concatenate(found)
