"""Measures what each step of the row dino-best adds, on a file in Galaxy10's layout, by cross-validation.

    python benchmarks/dino_best.py shared/real/galaxy10_decals_500.h5

Clusters are matched on the training galaxies of each fold and scored on its test galaxies; choices see no labels. With
EfficientNet-Lite0 at 160 px on two cores 500 galaxies take some minutes; `--features` keeps them in a file.
"""

import argparse
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.data.manifest import Manifest
from galaxy.models.efficientnet_lite0 import create_efficientnet_lite0
from galaxy.recipes.best_ablation import ablate
from galaxy.recipes.best_clusters import cluster_best
from galaxy.recipes.best_features import galaxy_features

CLUSTERING: dict[str, Any] = {"clusters": None, "seeds": [0, 1, 2], "heads": 16, "neighbours": 10, "updates": 150}


def compute(images: NDArray[np.uint8], *, size: int, aperture: float) -> dict[str, NDArray[np.float32]]:
    """Return the features of each step by its name."""
    network, mean, std = create_efficientnet_lite0()
    given: dict[str, Any] = {"mean": mean, "std": std, "size": size, "colour": "keep", "batch_size": 50}
    given |= {"device": torch.device("cpu"), "title": "features"}
    steps = {"k-means": (False, None), "size": (False, aperture), "symmetries": (True, aperture)}
    rows = np.arange(len(images))
    return {
        name: galaxy_features(network, images, rows, symmetries=symmetries, aperture=cut, **given)
        for name, (symmetries, cut) in steps.items()
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("images", type=Path)
    parser.add_argument("--features", type=Path, help="an .npz file to keep the features in, or to read them from")
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--aperture", type=float, default=3.0)
    parser.add_argument("--components", type=int, default=20)
    parser.add_argument("--reduction", choices=["whitening", "umap"], default="whitening", help="umap needs umap-learn")
    parser.add_argument("--whitening", type=float, default=0.5)
    parser.add_argument("--clusters", type=int, help="of the last steps; as many as classes without")
    parser.add_argument("--folds", type=int, default=5)
    given = parser.parse_args()
    with h5py.File(given.images) as file:
        images, label = file["images"][:], file["ans"][:].astype(np.int64)
    if given.features and given.features.exists():
        with np.load(given.features) as stored:
            features = dict(stored)
    else:
        features = compute(images, size=given.size, aperture=given.aperture)
        if given.features:
            np.savez(given.features, allow_pickle=False, **features)
    classes = [str(number) for number in range(int(label.max()) + 1)]
    fold = np.random.default_rng(0).permutation(len(label)) % given.folds
    tables = []
    for number in range(given.folds):
        galaxies = Manifest(
            id=np.array([f"{row:06d}" for row in range(len(label))]),
            row=np.arange(len(label)),
            ra=np.full(len(label), np.nan),
            dec=np.full(len(label), np.nan),
            label=label,
            group=np.arange(len(label)),
            split=np.where(fold == number, "test", "train"),
            sha256="",
        )
        space: dict[str, Any] = {"reduction": given.reduction, "method": "heads"}
        shape: dict[str, Any] = {"components": [given.components], "whitening": given.whitening}
        best = cluster_best(
            features["symmetries"], galaxies, classes, **space, **shape, **(CLUSTERING | {"clusters": given.clusters})
        )
        shared = {name: CLUSTERING[name] for name in ("clusters", "seeds")}
        tables.append(ablate(features, best, galaxies, classes, **space, **shared))
    for rows in zip(*tables, strict=True):
        scores = {name: np.array([row[name] for row in rows]) for name in rows[0] if name != "step"}
        print(f"{rows[0]['step']:<20}", *(f"{n} {v.mean():.3f} +- {v.std(ddof=1):.3f}" for n, v in scores.items()))


if __name__ == "__main__":
    main()
