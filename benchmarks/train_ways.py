"""Three ways to train the same network, in seconds per batch."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from galaxy.models.classifier import Classifier
from galaxy.training.batch_source import array_source
from galaxy.training.frozen_feature_cache import feature_source, features_of
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.schedules import constant, cosine
from galaxy.training.seeding import make_deterministic
from galaxy.training.supervised import Source, SupervisedStep

BATCH = 64


def plain(classifier: Classifier, folder: Path, repeat: int, device: torch.device) -> float:
    """Train as torchvision's tutorial does: files, transforms, worker processes, requires_grad; without their start."""
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    convert = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.25] * 3)])
    workers = len(os.sched_getaffinity(0))
    files = ImageFolder(str(folder / "files"), convert)
    loader = torch.utils.data.DataLoader(files, batch_size=BATCH, shuffle=True, num_workers=workers)
    network = classifier.network.train()
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], lr=5e-4)

    def epoch() -> float:
        start = 0.0
        for images, labels in loader:
            start = start or time.perf_counter()  # from the first batch on
            loss = functional.cross_entropy(network(images.to(device)), labels.to(device))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            loss.item()
        return time.perf_counter() - start

    return min(epoch() for _ in range(max(repeat // 3, 1))) / len(loader)


class Bare:
    """Compute only forward pass, backward pass and fused AdamW, on a batch of normalised pixels on the device."""

    def __init__(self, classifier: Classifier, folder: Path, device: torch.device) -> None:
        classifier.to(memory_format=torch.channels_last)
        classifier.train()
        self._classifier, self._precision = classifier, Precision.of(device)
        images = torch.from_numpy(np.load(folder / "images.npy", mmap_mode="c")[:BATCH]).to(device)
        self._pixels = classifier.normalise(images)
        self._labels = torch.arange(BATCH, device=device) % 10
        parameters = [p for p in classifier.learning_tensors().values() if isinstance(p, torch.nn.Parameter)]
        self._optimizer = torch.optim.AdamW(parameters, lr=5e-4, fused=True)
        self._features = self._freeze()
        self.seconds: list[float] = []

    def _freeze(self) -> torch.Tensor:
        with torch.no_grad(), self._precision.casting():
            return self._classifier.frozen_part(self._pixels)

    def update(self, *, whole: bool = False) -> None:
        """Update the part that learns, once; with `whole` compute what lies below it as well."""
        start = time.perf_counter()
        features = self._freeze() if whole else self._features
        with self._precision.casting():
            loss = functional.cross_entropy(self._classifier.learning_part(features).float(), self._labels)
        self._optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        loss.item()
        self.seconds.append(time.perf_counter() - start)


def ours(
    classifier: Classifier,
    folder: Path,
    repeat: int,
    device: torch.device,
    *,
    on_chunk: Callable[[], None] = lambda: None,
    timed: bool = True,
) -> tuple[float, float]:
    """Train as stages.train does, without validation and outs; return seconds of the frozen part and of an update.

    `on_chunk` is called after each update; the time of the frozen part is not measured unless `timed`.
    """
    make_deterministic()
    classifier.to(memory_format=torch.channels_last)
    images = np.load(folder / "images.npy", mmap_mode="r")
    rows, precision = np.arange(BATCH), Precision.of(device)
    with tempfile.TemporaryDirectory() as cache:
        source, frozen, kept = array_source(images, rows, device), 0.0, False
        if classifier.has_frozen_part:
            source, frozen = _kept(classifier, images, Path(cache), precision, timed=timed)
            kept = True
        labels = torch.arange(BATCH, device=device) % 10
        step = SupervisedStep(classifier, source, labels, chunk=BATCH, gives_features=kept)
        records = fit(
            step,
            items=BATCH,
            epochs=repeat,
            batch_size=BATCH,
            seed=0,
            schedules={"lr": cosine(5e-4, 1e-6, updates=repeat), "weight_decay": constant(0.01)},
            precision=precision,
            on_epoch=lambda _: on_chunk(),
        )
    return frozen, min(record.seconds for record in records)


def _kept(
    classifier: Classifier, images: np.ndarray, folder: Path, precision: Precision, *, timed: bool
) -> tuple[Source, float]:
    """Return the features of one batch, and the seconds per batch from the difference of one and three batches."""
    device = precision.device

    def compute(batches: int, key: str) -> np.ndarray:
        rows = np.arange(BATCH * batches) % len(images)
        found = features_of(
            classifier,
            array_source(images, rows, device),
            len(rows),
            chunk=BATCH,
            precision=precision,
            folder=folder,
            key=key,
            limit=1 << 40,
        )
        if found is None:
            raise RuntimeError("the disk has no room for the features")
        return found

    start = time.perf_counter()
    one = compute(1, "one")
    seconds = 0.0
    if timed:
        middle = time.perf_counter()
        compute(3, "three")
        seconds = (time.perf_counter() - middle - (middle - start)) / 2
    return feature_source(one, np.arange(BATCH), device, precision.dtype), seconds
