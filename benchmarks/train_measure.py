"""Measures one way of training one network in this process."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.train_ways import BATCH, Bare, ours, plain
from galaxy.device import pick_device
from galaxy.models.architecture import build_classifier
from galaxy.models.classifier import Classifier


def measure(way: str, architecture: Mapping[str, Any], size: int, repeat: int, folder: Path) -> dict[str, float]:
    """What one process measures.

    Args:
        way: `plain`: `update`, seconds per batch. `pair`: bare and our updates in turn, so that other work on the
            machine meets both; `bare`, `whole` (with the frozen part), `frozen`, `update` in seconds, and `flop`.
            `memory`: `above`, MiB beyond what an update needs.
        architecture: Of the network.
        size: Pixels on a side.
        repeat: Updates, or epochs of the plain way.
        folder: Of the images.
    """
    torch.manual_seed(0)
    device = pick_device()

    def build() -> Classifier:
        network = build_classifier(architecture, classes=10, size=size, mean=(0.5,) * 3, std=(0.25,) * 3)
        return network.to(device)

    classifier = build()
    if way == "plain":
        return {"update": plain(classifier, folder, repeat, device)}
    if way == "pair":
        bare = Bare(build(), folder, device)
        frozen, update = ours(classifier, folder, repeat, device, on_chunk=bare.update)
        best = min(bare.seconds)
        whole = best
        if classifier.has_frozen_part:
            bare.seconds.clear()
            bare.update(whole=True)
            whole = bare.seconds[0]
        flop = cost(classifier, size, device)[0]
        return {"bare": best, "whole": whole, "frozen": frozen, "update": update, "flop": flop}
    with peak_memory(device) as peak:
        ours(classifier, folder, 2, device, timed=False)
    activations = cost(classifier, size, device)[1]
    learning = sum(t.nbytes for t in classifier.learning_tensors().values() if isinstance(t, nn.Parameter))
    needed = sum(t.nbytes for t in classifier.network.state_dict().values()) + 3 * learning + activations
    return {"above": (peak[0] - needed) / 2**20}


def cost(classifier: Classifier, size: int, device: torch.device) -> tuple[int, int]:
    """Return the FLOP of one update on stored features, and the bytes that its forward pass keeps."""
    images = torch.zeros(BATCH, size, size, 3, dtype=torch.uint8, device=device)
    with torch.no_grad():
        features = classifier.frozen_part(classifier.normalise(images))
    weights = {p.untyped_storage().data_ptr() for p in classifier.parameters()}
    kept: dict[int, int] = {}  # bytes of each storage, by its address

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with FlopCounterMode(display=False) as counter:
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            logits = classifier.learning_part(features)
            loss = functional.cross_entropy(logits, torch.zeros(BATCH, dtype=torch.int64, device=device))
        loss.backward()  # type: ignore[no-untyped-call]
    return int(counter.get_total_flops()), sum(kept.values())


@contextmanager
def peak_memory(device: torch.device) -> Iterator[list[int]]:
    """Yield a list that gets the peak memory in bytes: that of the accelerator, or memory not backed by a file."""
    found, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.01):
            found[0] = max(found[0], _anonymous())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()
        if device.type == "cuda":
            found[0] = torch.cuda.max_memory_allocated(device)


def _anonymous() -> int:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) * 1024
