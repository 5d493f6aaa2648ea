"""Our training beside the plain way and the bare step: `python -m benchmarks.train --size 256 --rows custom`.

plain  a torchvision-style script: DataLoader over PNG files, ToTensor, Normalize, frozen layers by requires_grad
       alone, torch's default AdamW and memory format, nothing kept
bare   the same network, memory format and optimizer as ours, on a batch of normalised pixels already in place
ours   `fit` on the image store, validation left out as in the other two; frozen features computed once

All times are seconds per batch of 64 images, from a few batches each; the gains over 20 and 100 epochs follow from
them: epochs * plain / (frozen + epochs * ours), where `frozen` is the one pass through the frozen part. `speed of an
update` is ours over the bare step of the part that learns, `speed of a training` ours over 100 epochs, that pass
included, over the bare step of the whole network. `of peak` is the arithmetic of one update of ours over its time,
as a share of the machine's matrix multiplication. `above` is our peak of memory beyond weights, gradients, optimizer
and one batch's activations; pages of memory-mapped files do not count, because the system takes them back at will.
Bare and our updates are measured in turn, and the best of each counts: other work on the machine only adds time.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROWS: dict[str, dict[str, Any]] = {
    "vgg11-scratch": {"kind": "vgg", "channels": 32, "init": "normal"},
    "vgg11-deep": {"kind": "vgg", "freeze": 4, "reinit": 4},
    "vgg11-shallow": {"kind": "vgg", "freeze": 8},
    "custom": {"kind": "custom"},
}
WAYS = ("plain", "pair", "memory")
COLUMNS = [
    *("row", "plain", "bare", "bare, learning part", "ours", "frozen", "speed of an update", "speed of a training"),
    *("plain / ours, 20 epochs", "100 epochs", "of peak", "above, MiB"),
]


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=128, help="pixels on a side")
    parser.add_argument("--batches", type=int, default=4, help="of the plain way's epoch; enough to hide its start")
    parser.add_argument("--repeat", type=int, default=6, help="updates (thrice the plain way's epochs), best of which")
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--worker", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        from benchmarks.train_measure import measure

        way, folder = arguments.worker
        print(json.dumps(measure(way, ROWS[arguments.rows[0]], arguments.size, arguments.repeat, Path(folder))))
        return
    peak = float(subprocess.check_output([sys.executable, "-c", _PEAK], env={**os.environ, **TORCH}, text=True))
    print(f"{arguments.size} px, seconds per batch of 64; matrix multiplication {peak:.0f} GFLOP/s\n")
    print("| " + " | ".join(COLUMNS) + " |\n" + "|---" * len(COLUMNS) + "|")
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder), arguments.size, 64 * arguments.batches)
        for row in arguments.rows:
            print(line(row, arguments, Path(folder), peak), flush=True)


def line(row: str, arguments: argparse.Namespace, folder: Path, peak: float) -> str:
    """Return one line of the table."""
    found = {way: run_worker(way, row, arguments, folder) for way in WAYS}
    plain, pair = found["plain"]["update"], found["pair"]
    bare, whole, ours, frozen = (pair[name] for name in ("bare", "whole", "update", "frozen"))
    cells = [row, *(f"{seconds:.3f}" for seconds in (plain, whole, bare, ours, frozen))]
    cells += [f"{bare / ours:.2f}", f"{100 * whole / (frozen + 100 * ours):.2f}"]
    cells += [f"{epochs * plain / (frozen + epochs * ours):.1f}" for epochs in (20, 100)]
    cells += [f"{pair['flop'] / ours / 1e9 / peak:.0%}", f"{found['memory']['above']:.0f}"]
    return "| " + " | ".join(cells) + " |"


def run_worker(way: str, row: str, arguments: argparse.Namespace, folder: Path) -> dict[str, float]:
    """Measure one way of one row in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.train", "--size", str(arguments.size), "--rows", row]
    command += ["--repeat", str(arguments.repeat), "--worker", way, str(folder)]
    environment = dict(os.environ) if way == "plain" else {**os.environ, **TORCH}
    found: dict[str, float] = json.loads(subprocess.check_output(command, env=environment, text=True))
    return found


TORCH = {"THP_MEM_ALLOC_ENABLE": "1", "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
"""What stages.train sets before torch starts."""


def write_images(folder: Path, size: int, count: int) -> None:
    """Write the same random images as PNG files in class folders and as an array."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (count, size // 8, size // 8, 3), dtype=np.uint8)
    images = coarse.repeat(8, axis=1).repeat(8, axis=2)
    np.save(folder / "images.npy", images)
    for number, image in enumerate(images):
        target = folder / "files" / f"class{number % 10}"
        target.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(target / f"{number}.png")


_PEAK = """
import time, torch
from galaxy.device import pick_device
from galaxy.training.precision import Precision
device = pick_device()
a, b = (torch.randn(4096, 4096, device=device).to(Precision.of(device).dtype) for _ in range(2))
best = 1e9
for _ in range(12):
    start = time.perf_counter()
    float((a @ b)[0, 0])
    best = min(best, time.perf_counter() - start)
print(2 * 4096**3 / best / 1e9)
"""

if __name__ == "__main__":
    main()
