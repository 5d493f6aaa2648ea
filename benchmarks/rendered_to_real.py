"""Tests a custom network that was trained only on rendered galaxies on real galaxies.

    python -m benchmarks.rendered_to_real --real galaxy10.h5 --sdss sdss.h5

renders sets of the default size, trains the `custom` network of params.yaml on the training share of each, from several
seeds, and prints accuracies on a file of real galaxies in Galaxy10's layout: one line a training, one for the trainings
on a set together (mean probabilities, as `galaxy predict` has it), then mean and deviation, and the confusion of the
classes. Images are cropped and averaged as params.yaml says; what differs from its `train` section is that images are
flipped and turned at random, and that there are more epochs for it; `--plain --epochs 8` trains as params.yaml does.

The renderer was tuned on one half of 500 real galaxies, `--half even`; `--half odd` are those that it has not seen.
benchmarks/RESULTS.md has the figures of both. Three minutes on an idle core.

`--sdss` adds an independent survey whose four classes (`elliptical`, `spiral`, `edge_view_spiral`, `barred_spiral`)
are unions of Galaxy10's; its sky is lifted to the grey of the rendered pictures, and its score is the mean over the
classes.
"""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from galaxy.classes import GALAXY10_CLASSES
from galaxy.data.augmentation import Augmentation
from galaxy.data.chunked_images import iterate_blocks
from galaxy.data.layout import open_galaxies
from galaxy.data.pixel_statistics import pixel_statistics
from galaxy.data.resample import AreaResampler
from galaxy.models.architecture import build_classifier
from galaxy.rendered.catalogue import render_set
from galaxy.training.batch_source import array_source
from galaxy.training.batches import batch_sizes
from galaxy.training.inference import predict_logits
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.schedules import constant, cosine
from galaxy.training.seeding import make_deterministic, seed_layers
from galaxy.training.supervised import SupervisedStep
from galaxy.workbench.params_file import read_params

SDSS_UNIONS = ((2, 3, 4), (6, 7), (8, 9), (5,))
"""Galaxy10's labels in each of the four classes; disturbed and merging galaxies are in none."""
SDSS_CROP = 96
"""Pixels on a side: galaxies then fill as much of the picture as in Galaxy10's crop."""

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]


def main() -> None:
    """Render, train, classify, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", type=Path, required=True, help="real galaxies in Galaxy10's layout, 256 px")
    parser.add_argument("--half", choices=["even", "odd"], help="of the real galaxies of each class, by position")
    parser.add_argument("--sdss", type=Path, help="real SDSS galaxies of four classes")
    parser.add_argument("--sets", type=int, nargs="+", default=[0, 1], help="seeds of rendered sets")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the trainings on each set")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--plain", action="store_true", help="neither flips nor turns")
    arguments = parser.parse_args()
    params = read_params(Path("params.yaml"))
    crop, size = params["split"]["crop"], params["split"]["size"]
    real, label = half(*read(arguments.real, crop=crop, size=size), arguments.half)
    sdss = read(arguments.sdss, crop=SDSS_CROP, size=size) if arguments.sdss else None
    rows: list[list[float]] = []
    confused = np.zeros((len(GALAXY10_CLASSES),) * 2)
    with tempfile.TemporaryDirectory() as folder:
        for number in arguments.sets:
            path = Path(folder) / "rendered.h5"
            render_set(path, count=params["download"]["rendered"]["count"], size=256, seed=number)
            drawn, classes = read(path, crop=crop, size=size)
            together = np.zeros((len(real), len(GALAXY10_CLASSES)))
            for seed in arguments.seeds:
                order = np.random.default_rng(seed).permutation(len(drawn))
                held = round(len(drawn) * (params["split"]["test"] + params["split"]["validation"]))
                network = train(
                    drawn, classes, order[held:], params, epochs=arguments.epochs, plain=arguments.plain, seed=seed
                )
                own = predict(network, drawn[order[:held]]).argmax(1) == classes[order[:held]]
                probability = predict(network, real)
                together += probability
                np.add.at(confused, (label, probability.argmax(1)), 1)
                rows.append([float(own.mean()), float((probability.argmax(1) == label).mean())])
                if sdss:
                    rows[-1].append(sdss_accuracy(predict(network, lifted(sdss[0])), sdss[1]))
                print(f"set {number}, seed {seed}: {told(rows[-1])}", flush=True)
            share = float((together.argmax(1) == label).mean())
            print(f"set {number}, trainings together: real {share:.1%}", flush=True)
    table = np.array(rows)
    print(f"mean: {told(table.mean(0))}\ndeviation: {told(table.std(0, ddof=1))}")
    print("real galaxies of each class in per cent: those of its own class found, then those taken for label 0 to 9")
    for label_, (name, row) in enumerate(zip(GALAXY10_CLASSES, confused / confused.sum(1, keepdims=True), strict=True)):
        taken = " ".join(f"{100 * share:3.0f}" for share in row)
        print(f"  {label_} {name:24} {100 * row[label_]:3.0f}   {taken}")


def told(values: Sequence[float] | NDArray[np.float64]) -> str:
    """Return one line of accuracies."""
    names = ("rendered", "real", "SDSS")
    return ", ".join(f"{name} {value:.1%}" for name, value in zip(names, values, strict=False))


def half(images: Images, labels: Labels, which: str | None) -> tuple[Images, Labels]:
    """Return the galaxies at even or odd positions within their class, or all; the renderer was tuned on even ones."""
    if which is None:
        return images, labels
    position = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        position[labels == label] = np.arange((labels == label).sum())
    kept = position % 2 == (which == "odd")
    return images[kept], labels[kept]


def read(path: Path, *, crop: int | None, size: int) -> tuple[Images, Labels]:
    """Return all images of a file, cropped and averaged down to `size`, and their labels."""
    with open_galaxies(path) as galaxies:
        resample = AreaResampler(source=galaxies.size, crop=crop, size=size)
        return np.concatenate([resample(block) for _, block in iterate_blocks(galaxies)]), galaxies.label


def train(
    images: Images, labels: Labels, rows: Labels, params: dict[str, Any], *, epochs: int, plain: bool, seed: int
) -> Any:
    """Train the custom network on `rows` with the settings of params.yaml."""
    section, device = params["train"], torch.device("cpu")
    make_deterministic()
    seed_layers("weights", seed)
    mean, std = pixel_statistics(images, rows)
    network = build_classifier(
        params["models"]["custom"], classes=len(GALAXY10_CLASSES), size=images.shape[1], mean=mean, std=std
    )
    network.to(memory_format=torch.channels_last)
    step = SupervisedStep(
        network,
        array_source(images, rows, device),
        torch.from_numpy(labels[rows]),
        chunk=section["batch_size"],
        augment=None if plain else Augmentation(True, True),
    )
    updates = epochs * len(batch_sizes(len(rows), section["batch_size"]))
    fit(
        step,
        items=len(rows),
        epochs=epochs,
        batch_size=section["batch_size"],
        seed=seed,
        schedules={
            "lr": cosine(section["lr"], section["lr_min"], updates=updates),
            "weight_decay": constant(section["weight_decay"]),
        },
        precision=Precision.of(device),
    )
    return network.eval()


def predict(network: Any, images: Images) -> NDArray[np.float64]:
    """Return (N, 10) probabilities."""
    device = torch.device("cpu")
    source = array_source(images, np.arange(len(images)), device)
    logits = predict_logits(network, source, len(images), precision=Precision.of(device), chunk=128)
    return np.asarray(torch.softmax(logits.double(), dim=1))


def lifted(images: Images) -> Images:
    """Return SDSS images with the black sky made as grey as that of rendered galaxies."""
    return np.asarray(np.minimum(33 + 0.95 * images, 255), np.uint8)


def sdss_accuracy(probability: NDArray[np.float64], label: Labels) -> float:
    """Return the balanced accuracy over the four classes."""
    found = np.stack([probability[:, list(union)].sum(1) for union in SDSS_UNIONS], axis=1).argmax(1) == label
    return float(np.mean([found[label == k].mean() for k in range(len(SDSS_UNIONS))]))


if __name__ == "__main__":
    main()
