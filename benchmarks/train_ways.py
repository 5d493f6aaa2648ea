"""Three ways to train the same network for an epoch; each returns seconds of the frozen part and of one epoch."""

import os
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from galaxy.models.classifier import Classifier
from galaxy.training.kept_features import feature_source, features_of
from galaxy.training.loop import fit
from galaxy.training.precision import Precision
from galaxy.training.schedules import constant, cosine
from galaxy.training.seeding import make_deterministic
from galaxy.training.sources import array_source
from galaxy.training.supervised import SupervisedStep

_EPOCHS = 3


def plain_epoch(
    classifier: Classifier,
    folder: Path,
    count: int,  # noqa: ARG001 - all files of the folder
    batch: int,
    device: torch.device,
) -> tuple[float, float]:
    """A torchvision tutorial: files, transforms, worker processes, requires_grad."""
    from torchvision import transforms
    from torchvision.datasets import ImageFolder

    convert = transforms.Compose([transforms.ToTensor(), transforms.Normalize([0.5] * 3, [0.25] * 3)])
    workers = len(os.sched_getaffinity(0))
    files = ImageFolder(str(folder / "files"), convert)
    loader = torch.utils.data.DataLoader(files, batch_size=batch, shuffle=True, num_workers=workers)
    network = classifier.network.train()
    optimizer = torch.optim.AdamW([p for p in network.parameters() if p.requires_grad], lr=5e-4)

    def epoch() -> float:
        start = time.perf_counter()
        for images, labels in loader:
            loss = functional.cross_entropy(network(images.to(device)), labels.to(device))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            loss.item()
        return time.perf_counter() - start

    return 0.0, min(epoch() for _ in range(_EPOCHS))


def bare_epoch(
    classifier: Classifier, folder: Path, count: int, batch: int, device: torch.device
) -> tuple[float, float]:
    """The arithmetic alone."""
    classifier.to(memory_format=torch.channels_last)
    classifier.train()
    images = torch.from_numpy(np.load(folder / "images.npy", mmap_mode="c")[:batch]).to(device)
    pixels = classifier.normalise(images)
    labels = torch.arange(batch, device=device) % 10
    parameters = [p for p in classifier.learning_tensors().values() if isinstance(p, torch.nn.Parameter)]
    optimizer = torch.optim.AdamW(parameters, lr=5e-4, fused=True)
    precision = Precision.of(device)

    def epoch() -> float:
        start = time.perf_counter()
        for _ in range(count // batch):
            with precision.casting():
                with torch.no_grad():
                    features = classifier.frozen_part(pixels)
                loss = functional.cross_entropy(classifier.learning_part(features).float(), labels)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        loss.item()
        return time.perf_counter() - start

    return 0.0, min(epoch() for _ in range(_EPOCHS))


def our_epoch(
    classifier: Classifier, folder: Path, count: int, batch: int, device: torch.device
) -> tuple[float, float]:
    """What stages.train does, validation and its outs aside."""
    make_deterministic()
    classifier.to(memory_format=torch.channels_last)
    images = np.load(folder / "images.npy", mmap_mode="r")
    rows = np.arange(count)
    source, precision = array_source(images, rows, device), Precision.of(device)
    frozen = 0.0
    with tempfile.TemporaryDirectory() as cache:
        kept = None
        if classifier.has_frozen_part:
            start = time.perf_counter()
            kept = features_of(
                classifier, source, count, chunk=batch, precision=precision, folder=Path(cache), key="x", limit=1 << 40
            )
            frozen = time.perf_counter() - start
        if kept is not None:
            source = feature_source(kept, rows, device, precision.dtype)
        labels = torch.arange(count, device=device) % 10
        step = SupervisedStep(classifier, source, labels, chunk=batch, kept=kept is not None)
        records = fit(
            step,
            items=count,
            epochs=_EPOCHS,
            batch_size=batch,
            seed=0,
            schedules={
                "lr": cosine(5e-4, 1e-6, updates=_EPOCHS * (count // batch)),
                "weight_decay": constant(0.01),
            },
            precision=precision,
        )
    return frozen, min(record.seconds for record in records)
