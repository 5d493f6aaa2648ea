"""Trains the rows of a study of labels: networks from scratch or pretrained, and a probe on DINO's features."""

from collections.abc import Callable, Mapping
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
from galaxy.features.symmetries import COUNT, symmetric_view
from galaxy.models.classifier import Classifier
from galaxy.models.dino_backbone import cls_tokens, normalisation
from galaxy.models.efficientnet_lite0 import weights_file
from galaxy.recipes.dino_build import build_backbone
from galaxy.recipes.network import plan_network
from galaxy.training.batch_source import array_source
from galaxy.training.batches import batch_sizes
from galaxy.training.divergence import DivergedError
from galaxy.training.frozen import frozen_features
from galaxy.training.inference import predict_logits
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.schedules import constant, cosine
from galaxy.training.seeding import derive_seed
from galaxy.training.supervised import Source, SupervisedStep

_VGG: dict[str, Any] = {"kind": "vgg", "depth": 11, "channels": 32, "batch_norm": False, "grid": 2, "head": [128]}
_VGG |= {"dropout": 0.0, "freeze": 0, "reinit": 0, "init": "kaiming", "variance": 1e-2}
_CUSTOM: dict[str, Any] = {"kind": "custom", "pool": 2, "channels": 32, "blocks": [1, 1, 2, 2], "head": [256]}
_CUSTOM |= {"order": "relu-norm", "dropout": 0.0, "init": "kaiming", "variance": 1e-2}
_GCNN: dict[str, Any] = {"kind": "gcnn", "pool": 2, "fields": 8, "blocks": [1, 1, 2, 2], "head": 64, "dropout": 0.0}
_LITE: dict[str, Any] = {"kind": "timm", "name": "efficientnet_lite0"}

EQUIVARIANT = "gcnn-scratch"

NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "custom-scratch": ("random", _CUSTOM),
    EQUIVARIANT: ("random", _GCNN),
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
SCRATCH = ("custom-scratch", EQUIVARIANT, "vgg-scratch")

STRENGTHS = (1e-3, 1e-2, 1e-1)
"""Inverse penalties among which the probe chooses, as networks do among learning rates."""


def fit_probe(
    features: NDArray[np.float32], label: NDArray[np.int64], rows: NDArray[np.int64], strength: float, seed: int
) -> Callable[[NDArray[np.int64]], NDArray[np.int64]]:
    """Fit a logistic regression to the features of some galaxies, and return a function from rows to classes.

    Args:
        features: (M, D) features of all galaxies.
        label: (M,) classes of all galaxies.
        rows: (N,) positions of the galaxies that the regression is fitted to.
        strength: Inverse of the L2 penalty, scikit-learn's `C`.
        seed: Seed of the solver.
    """
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=300, random_state=seed))
    probe.fit(features[rows], label[rows])
    return lambda given: np.asarray(probe.predict(features[given]), dtype=np.int64)


def fit_network(
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
    features: dict[str, NDArray[np.float32]],
) -> Callable[[NDArray[np.int64]], NDArray[np.int64]]:
    """Train a network on some galaxies, and return a function from rows of the images to predicted classes.

    A network with a frozen part is trained on `features[row]`, which the first call computes.

    Args:
        row: A name in `NETWORKS`.
        images: (M, s, s, 3) uint8 pictures.
        label: (M,) classes.
        rows: (N,) positions of the galaxies to train on.
        rate: Learning rate of AdamW at the first update.
        seed: Seed of the weights, the batches and the augmentation.
        items: Number of galaxies per epoch, for which `rows` are repeated.
        epochs: Number of epochs.
        batch_size: Number of galaxies per update.
        classes: Number of classes.
        device: Device of the network.
        features: Features of frozen parts by row, kept between calls.

    Raises:
        InputError: If the loss or a weight becomes infinite or NaN, or the row's weights cannot be found.
        Interrupted: If SIGTERM or Ctrl-C has come; nothing is saved.
    """
    batch_size = min(batch_size, items)
    precision = Precision.of(device)
    network = build_network(row, images, rows, classes=classes, seed=seed).to(device)
    if device.type == "cpu":
        network.to(memory_format=torch.channels_last)
    repeated = np.resize(np.random.default_rng(derive_seed("share", seed)).permutation(rows), items)
    frozen = network.has_frozen_part
    if frozen and row not in features:
        features[row] = features_of_views(network, images, precision=precision, chunk=batch_size)
    step = SupervisedStep(
        network,
        random_views(features[row], repeated, device, seed) if frozen else array_source(images, repeated, device),
        torch.from_numpy(label[repeated]).to(device),
        chunk=batch_size,
        gives_features=frozen,
        augment=None if frozen else Augmentation(True, True),
    )
    updates = epochs * len(batch_sizes(items, batch_size))
    schedules = {"lr": cosine(rate, rate / 100, updates=updates), "weight_decay": constant(0.01)}
    try:
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
    except DivergedError as error:  # whose advice names settings that a study has not
        raise InputError(f"{row} with learning rate {rate:g}: {error.found}; give smaller learning rates") from None
    network.eval()

    def predict(given: NDArray[np.int64]) -> NDArray[np.int64]:
        source = array_source(images, given, device)
        logits = predict_logits(network, source, len(given), precision=precision, chunk=batch_size)
        return np.asarray(logits.argmax(dim=1).cpu(), dtype=np.int64)

    return predict


def build_network(
    row: str, images: NDArray[np.uint8], rows: NDArray[np.int64], *, classes: int, seed: int
) -> Classifier:
    """Build the network of a row, normalised for its training galaxies `rows`.

    Args:
        row: A name in `NETWORKS`.
        images: (M, s, s, 3) uint8 pictures.
        rows: (N,) positions of the training galaxies in `images`.
        classes: Number of classes.
        seed: Seed of the weights.
    """
    weights, architecture = NETWORKS[row]
    plan = plan_network(
        architecture,
        classes=classes,
        weights=str(weights_file()) if weights == "package" else weights,
        normalise=None,
        images=images,
        rows=rows,
        root=Path(),
        verbose=False,
    )
    return plan.build(seed=seed)


def features_of_views(
    network: Classifier, images: NDArray[np.uint8], *, precision: Precision, chunk: int
) -> NDArray[np.float32]:
    """Return (8, M, ...) features of the frozen part of a network for the eight flips and quarter turns of M images.

    Args:
        network: A network with a frozen part.
        images: (M, s, s, 3) uint8 pictures.
        precision: Device of the network, and number format of the frozen part.
        chunk: Number of images that are computed at a time.
    """
    network.train(False)
    views = []
    for number in range(COUNT):
        found = []
        for start in range(0, len(images), chunk):
            pixels = network.normalise(torch.from_numpy(images[start : start + chunk]).to(precision.device))
            pixels = symmetric_view(pixels, number).contiguous(memory_format=torch.channels_last)
            with precision.casting():  # as in `predict_logits`, which computes them again
                features = frozen_features(network, pixels, chunk=chunk)
            found.append(features.float().cpu().numpy())
        views.append(np.concatenate(found))
    return np.stack(views)


def random_views(features: NDArray[np.float32], rows: NDArray[np.int64], device: torch.device, seed: int) -> Source:
    """Return a source of the features of `rows`; each batch takes for each galaxy one of the eight views at random.

    Args:
        features: (8, M, ...) features of all views, from `features_of_views`.
        rows: (N,) positions of the galaxies.
        device: Device of the batches.
        seed: Seed of the draws.
    """
    generator = torch.Generator().manual_seed(derive_seed("views", seed))

    def source(positions: torch.Tensor) -> torch.Tensor:
        drawn = torch.randint(COUNT, (len(positions),), generator=generator).numpy()
        return torch.from_numpy(features[drawn, rows[positions.numpy()]]).to(device)

    return source


@torch.inference_mode()
def dino_features(
    images: NDArray[np.uint8], dino: Mapping[str, Any], device: torch.device, *, weights_folder: Path
) -> NDArray[np.float32]:
    """Return the CLS tokens of the last four blocks, (M, 4 W), of pictures (M, s, s, 3) at their own size."""
    backbone, _ = build_backbone(**dino, weights_folder=weights_folder)
    network = backbone.eval().to(device)
    mean, std = (torch.tensor(values, device=device).view(1, 3, 1, 1) for values in normalisation(network))
    found = []
    for start in range(0, len(images), 64):
        pixels = torch.from_numpy(images[start : start + 64]).to(device).permute(0, 3, 1, 2).float() / 255
        found.append(cls_tokens(network, (pixels - mean) / std, blocks=4).float().cpu().numpy())
    return np.concatenate(found)
