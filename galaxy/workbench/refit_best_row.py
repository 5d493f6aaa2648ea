"""Builds the network of the row `dino-best` and fits its clusters again, from the pipeline's files and params.yaml."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from galaxy.clustering.clusters_file import Clusters
from galaxy.errors import InputError
from galaxy.features.embeddings_file import Embeddings
from galaxy.predict.cluster_row import Distances, Reduce, check_refit
from galaxy.recipes.best_clusters import fit_distances, fit_reduction
from galaxy.recipes.best_features import galaxy_features
from galaxy.recipes.best_network import best_network

_BATCH = 64


def best_encoder(params: Path, embeddings: Embeddings, *, device: torch.device) -> Callable[[Tensor], Tensor]:
    """Return a function that computes the features that the row clusters, (B, D) from (B, S, S, 3) uint8 images.

    Args:
        params: The file params.yaml, which describes the network.
        embeddings: The stored features, which say how they were made.
        device: Device that computes.

    Raises:
        InputError: If params.yaml describes another network.
    """
    from galaxy.sections.dino import DinoSection
    from galaxy.workbench.read_section import read_section

    made = embeddings.source
    dino: DinoSection = read_section(params, "dino", DinoSection)
    network = best_network(
        made["network"],
        backbone=dino.backbone,
        weights=str(params.parent / Path(dino.weights).expanduser()) if dino.has_path() else dino.weights,
        seed=dino.seed,
        weights_folder=params.parent / "weights",
        interpolation=dino.positions,
        size=made["size"],
        device=device,
    )
    stored = {key: made.get(key) for key in network.identity}
    check_identity(params, "dino-best", stored=stored, now=network.identity)

    def encode(images: Tensor) -> Tensor:
        features = galaxy_features(
            network.encode,
            images.cpu().numpy(),
            np.arange(len(images)),
            mean=network.mean,
            std=network.std,
            size=made["size"],
            symmetries=True,
            aperture=made["aperture"],
            colour=made["colour"],
            batch_size=_BATCH,
            device=device,
        )
        return torch.from_numpy(features)

    return encode


def refit_best(
    embeddings: Embeddings, reduced: Embeddings, clusters: Clusters, *, used: Sequence[int]
) -> tuple[Reduce, list[Distances]]:
    """Fit reduction and clusterings again on the training galaxies, and compare them with the files.

    Args:
        embeddings: The stored features.
        reduced: The stored reduced features.
        clusters: The stored clusters.
        used: Numbers of the clusterings that are fitted, from 0.

    Raises:
        InputError: If they are not those of the files, as on a processor that rounds differently.
    """
    made, train = embeddings.source, clusters.split == "train"
    features, stored = (of.of(clusters.id, manifest=clusters.manifest) for of in (embeddings, reduced))
    neighbours = min(int(made["neighbours"]), int(train.sum()) - 1)
    reduce = fit_reduction(
        features[train],
        reduction=made["reduction"],
        components=stored.shape[1],
        whitening=made["whitening"],
        neighbours=neighbours,
        seed=int(clusters.seed[0]),
    )
    check_refit(reduce(features), stored, "reduced features")
    fitted = []
    for number in used:
        distance = fit_distances(
            stored[train],
            method=made["method"],
            clusters=clusters.distance.shape[2],
            heads=made["heads"],
            neighbours=neighbours,
            updates=made["updates"],
            seed=int(clusters.seed[number]),
        )
        check_refit(distance(stored), clusters.distance[number], "distances to the clusters")
        fitted.append(distance)
    return reduce, fitted


def check_identity(params: Path, features: str, *, stored: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Compare a network with the one by which stored features were made.

    Args:
        params: The file params.yaml, for messages.
        features: Name of the features, for messages.
        stored: Identity of the network that computed the stored features, as JSON values.
        now: Identity of the network that params.yaml describes.

    Raises:
        InputError: If they are not the same.
    """
    now = json.loads(json.dumps(dict(now)))  # lists for tuples, as in the file
    different = sorted(key for key in stored.keys() | now.keys() if stored.get(key) != now.get(key))
    if different:
        raise InputError(
            f"{params} no longer describes the network of {features} ({', '.join(different)} differ); run dvc repro"
        )
