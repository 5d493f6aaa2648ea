"""Tests the project's own weights: a linear probe and nearest neighbours on frozen features, in five folds.

    python -m benchmarks.transfer data/galaxies.h5 ../real.h5

prints, for each file in Galaxy10's layout and each kind of features, the accuracy of a linear probe and of 20 nearest
neighbours by cosine: mean over the folds and its standard error. Features are those of the networks of galaxy/weights,
of the same networks with random weights, and 16 px thumbnails. Images: the centre 128 px of 256, averaged to 64.
"""

import argparse
from pathlib import Path

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler, normalize

from galaxy.data.resample import AreaResampler
from galaxy.models.architecture import build_classifier
from galaxy.models.dino_backbone import cls_tokens, create_backbone
from galaxy.models.load_weights import load_weights
from galaxy.models.normalise import Normalise
from galaxy.models.own_weights import FOLDER, OwnWeights, list_own_weights

Features = NDArray[np.float32]


def main() -> None:
    """Measure every file of weights on every file of galaxies."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, help="HDF5 files in Galaxy10's layout")
    parser.add_argument("--weights", type=Path, default=FOLDER, help="folder of the weights")
    parser.add_argument("--at-most", type=int, default=2000, help="galaxies of a file, evenly spaced")
    arguments = parser.parse_args()
    print("| galaxies | features | linear probe | 20-NN |\n|---|---|---|---|")
    for file in arguments.files:
        images, labels = read(file, at_most=arguments.at_most)
        report(file.stem, "pixels, 16 px", pixels(images), labels)
        for own in list_own_weights(arguments.weights):
            for random in (True, False):
                report(file.stem, f"{own.name}{', random' if random else ''}", features(own, images, random), labels)


def read(path: Path, *, at_most: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return (N, 64, 64, 3) images and (N,) labels of at most `at_most` galaxies."""
    with h5py.File(path) as file:
        rows = np.unique(np.linspace(0, len(file["ans"]) - 1, at_most).astype(int))
        size = file["images"].shape[1]
        resample = AreaResampler(source=size, crop=size // 2, size=64)
        return resample(file["images"][:][rows]), file["ans"][:][rows].astype(np.int64)


def pixels(images: NDArray[np.uint8]) -> Features:
    """Return (N, 768) thumbnails."""
    return AreaResampler(source=64, crop=None, size=16)(images).reshape(len(images), -1).astype(np.float32)


@torch.inference_mode()
def features(own: OwnWeights, images: NDArray[np.uint8], random: bool) -> Features:
    """Return the network's features of (N, 64, 64, 3) images, with its weights or with random ones."""
    tensors = load_file(own.path)
    batches = torch.split(torch.from_numpy(images), 100)
    torch.manual_seed(0)
    if own.network["kind"] == "dino":
        backbone = create_backbone(own.network["backbone"], seed=0)
        if not random:
            load_weights(backbone, tensors, is_replaced=lambda _: False, source=own.name)
        normalise = Normalise(own.mean, own.std)
        found = [cls_tokens(backbone, normalise(batch), blocks=4) for batch in batches]
    else:
        sizes = {"grid": 2} if own.network["kind"] == "vgg" else {}
        network = build_classifier(
            {**own.network, **sizes, "head": own.network.get("head", [])},
            classes=10,
            size=64,
            mean=own.mean,
            std=own.std,
        )
        if not random:
            load_weights(network.network, tensors, is_replaced=network.is_replaced, source=own.name)
        last = [m for m in network.network.modules() if isinstance(m, torch.nn.Linear)][-1]
        seen: list[torch.Tensor] = []
        last.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
        network.eval()
        for batch in batches:
            network(batch)
        found = seen
    return torch.cat(found).numpy()


def report(file: str, name: str, values: Features, labels: NDArray[np.int64]) -> None:
    """Print one line of the table."""
    probe = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500))
    neighbours = KNeighborsClassifier(20, metric="cosine", algorithm="brute")
    scores: dict[str, list[float]] = {"probe": [], "neighbours": []}
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(values, labels):
        scores["probe"].append(probe.fit(values[train], labels[train]).score(values[test], labels[test]))
        unit = normalize(values)
        scores["neighbours"].append(neighbours.fit(unit[train], labels[train]).score(unit[test], labels[test]))
    texts = [f"{100 * np.mean(s):.1f} +- {100 * np.std(s, ddof=1) / 5**0.5:.1f}" for s in scores.values()]
    print(f"| {file} | {name} | {texts[0]} | {texts[1]} |", flush=True)


if __name__ == "__main__":
    main()
