"""Tests how features are read from the shipped transformer, by 20 nearest neighbours.

    python -m benchmarks.dino_readings ../real.h5 --manifest data/manifest.csv --store data/store

prints the accuracy on a file in Galaxy10's layout, in five folds of all rows and of the odd rows alone, and on the
default run's test galaxies with its training galaxies as neighbours. Features are taken as they are, and whitened: 32
principal components of equal variance, fitted without the test galaxies.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from sklearn.decomposition import PCA
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import normalize

from benchmarks.transfer import Features, pixels, read
from galaxy.data.manifest import read_manifest
from galaxy.data.resample import AreaResampler
from galaxy.data.store import open_store
from galaxy.models.dino_backbone import create_backbone
from galaxy.models.load_weights import load_weights
from galaxy.models.normalise import Normalise
from galaxy.models.own_weights import FOLDER, OwnWeights, list_own_weights

Images = NDArray[np.uint8]
Folds = list[tuple[NDArray[np.int64], NDArray[np.int64]]]


def main() -> None:
    """Print one line of the table for each reading."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="HDF5 file in Galaxy10's layout")
    parser.add_argument("--manifest", type=Path, required=True, help="of the default run")
    parser.add_argument("--store", type=Path, required=True, help="of the default run")
    parser.add_argument("--weights", type=Path, default=FOLDER, help="folder of the weights")
    given = parser.parse_args()
    torch.set_num_threads(1)
    images, labels = read(given.file, at_most=10**9)
    cut = StratifiedKFold(5, shuffle=True, random_state=0)
    folds: Folds = list(cut.split(labels, labels))
    odd = np.arange(1, len(labels), 2)
    half: Folds = [(odd[train], odd[test]) for train, test in cut.split(odd, labels[odd])]
    manifest = read_manifest(given.manifest).where("train", "test")
    store = open_store(given.store)
    rendered = store.images[store.rows_of(manifest.id)]
    split: Folds = [(np.flatnonzero(manifest.split == "train"), np.flatnonzero(manifest.split == "test"))]
    print("| features | real | real, whitened | odd rows | odd, whitened | rendered | rendered, whitened |")
    print("|---|---|---|---|---|---|---|")
    for name, reading in _readings(given.weights).items():
        first, second = reading(images), reading(rendered)
        texts = [
            f"{accuracy(features, known, parts, whiten=whiten):.1f}"
            for features, known, parts in (
                (first, labels, folds),
                (first, labels, half),
                (second, manifest.label, split),
            )
            for whiten in (False, True)
        ]
        print(f"| {name} | {' | '.join(texts)} |", flush=True)


def accuracy(features: Features, labels: NDArray[np.int64], folds: Folds, *, whiten: bool) -> float:
    """Return the mean accuracy over the folds, in per cent."""
    found = []
    for train, test in folds:
        values = PCA(32, whiten=True, random_state=0).fit(features[train]).transform(features) if whiten else features
        unit = normalize(values)
        neighbours = KNeighborsClassifier(20, metric="cosine", algorithm="brute")
        found.append(neighbours.fit(unit[train], labels[train]).score(unit[test], labels[test]))
    return 100 * float(np.mean(found))


def _readings(folder: Path) -> dict[str, Callable[[Images], Features]]:
    (own,) = (own for own in list_own_weights(folder) if own.network["kind"] == "dino")
    learnt, random = _Tokens(own, random=False), _Tokens(own, random=True)
    return {
        "pixels, 16 px": pixels,
        "pixels, 16 px, mean of eight flips and turns": lambda images: _turned(pixels, images),
        "CLS of four blocks": learnt.cls,
        "CLS of four blocks, pictures of 48 px": lambda images: learnt.cls(images, size=48),
        "CLS of four blocks, pictures of 32 px": lambda images: learnt.cls(images, size=32),
        "CLS of the last block": lambda images: learnt.cls(images)[:, -learnt.width :],
        "mean of patches, four blocks": learnt.patches,
        "CLS and mean of patches, four blocks": learnt.both,
        "CLS of four blocks, mean of eight flips and turns": lambda images: _turned(learnt.cls, images),
        "CLS and mean of patches, the same": lambda images: _turned(learnt.both, images),
        "random weights, CLS of four blocks": random.cls,
        "random weights, CLS and mean of patches": random.both,
    }


class _Tokens:
    """Features of one transformer."""

    def __init__(self, own: OwnWeights, *, random: bool) -> None:
        self.backbone = create_backbone(own.network["backbone"], seed=0)
        if not random:
            load_weights(self.backbone, load_file(own.path), is_replaced=lambda _: False, source=own.name)
        self.width = int(self.backbone.embed_dim)
        self._normalise = Normalise(own.mean, own.std)

    def cls(self, images: Images, *, size: int = 64) -> Features:
        return self._read(images, size)[0]

    def patches(self, images: Images) -> Features:
        return self._read(images, 64)[1]

    def both(self, images: Images) -> Features:
        return np.concatenate(self._read(images, 64), axis=1)

    @torch.inference_mode()
    def _read(self, images: Images, size: int) -> tuple[Features, Features]:
        shown = (
            images if size == images.shape[1] else AreaResampler(source=images.shape[1], crop=None, size=size)(images)
        )
        cls, means = [], []
        for batch in torch.split(torch.from_numpy(np.ascontiguousarray(shown)), 100):
            seen: Any = self.backbone.forward_intermediates(
                self._normalise(batch),
                indices=4,
                norm=True,
                return_prefix_tokens=True,
                output_fmt="NLC",
                intermediates_only=True,
            )
            cls.append(torch.cat([prefix[:, 0] for _, prefix in seen], dim=1))
            means.append(torch.cat([tokens.mean(dim=1) for tokens, _ in seen], dim=1))
        return torch.cat(cls).numpy(), torch.cat(means).numpy()


def _turned(reading: Callable[[Images], Features], images: Images) -> Features:
    turned = [np.rot90(image, turns, axes=(1, 2)) for image in (images, images[:, :, ::-1]) for turns in range(4)]
    mean: Features = np.mean([reading(np.ascontiguousarray(view)) for view in turned], axis=0)
    return mean


if __name__ == "__main__":
    main()
