"""Our training beside the plain way and the bare step: `python -m benchmarks.train --size 256`.

plain  a torchvision-style script: DataLoader over PNG files, ToTensor, Normalize, frozen layers by requires_grad
       alone, torch's default AdamW and memory format, nothing kept
bare   the same network, memory format and optimizer as ours, on a batch of normalised pixels already in place
ours   `fit` on the image store, validation left out as in the other two; frozen features computed once

Seconds are per epoch of the given images; the columns for 20 and 100 epochs count the pass through the frozen part
once for ours. Each measurement is a process of its own, the three ways of a row follow each other, and the best of
several rounds counts, because other work on the machine only ever adds time.
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
WAYS = ("plain", "bare", "ours")
BATCH = 64


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", type=int, default=128, help="pixels on a side")
    parser.add_argument("--images", type=int, default=2 * BATCH)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--rows", nargs="+", choices=ROWS, default=list(ROWS))
    parser.add_argument("--worker", nargs=2, metavar=("WAY", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        way, folder = arguments.worker
        print(json.dumps(measure(way, arguments.rows[0], arguments.size, arguments.images, Path(folder))))
        return
    peak = float(subprocess.check_output([sys.executable, "-c", _PEAK], text=True))
    print(f"{arguments.images} images of {arguments.size} px, batch {BATCH}; matrix-multiply peak {peak:.0f} GFLOP/s\n")
    print("| row | plain s | bare s | ours s | frozen s | ours/bare | plain/ours at 20 | at 100 | of peak | MiB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        write_images(Path(folder), arguments.size, arguments.images)
        for row in arguments.rows:
            print(line(row, arguments, Path(folder), peak), flush=True)


def line(row: str, arguments: argparse.Namespace, folder: Path, peak: float) -> str:
    """One line of the table."""
    best: dict[str, dict[str, float]] = {}
    for _ in range(arguments.rounds):
        for way in WAYS:
            found = run_worker(way, row, arguments, folder)
            if way not in best or found["epoch"] < best[way]["epoch"]:
                best[way] = found
    plain, bare, ours = (best[way] for way in WAYS)
    gains = [epochs * plain["epoch"] / (ours["frozen"] + epochs * ours["epoch"]) for epochs in (20, 100)]
    share = ours["flop"] * arguments.images / ours["epoch"] / 1e9 / peak
    speed = 100 * bare["epoch"] / (ours["frozen"] + 100 * ours["epoch"])
    return (
        f"| {row} | {plain['epoch']:.2f} | {bare['epoch']:.2f} | {ours['epoch']:.2f} | {ours['frozen']:.2f} "
        f"| {speed:.2f} | {gains[0]:.1f} | {gains[1]:.1f} | {share:.0%} | {ours['memory']:.0f} |"
    )


def run_worker(way: str, row: str, arguments: argparse.Namespace, folder: Path) -> dict[str, float]:
    """Measure one way of one row in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.train", "--size", str(arguments.size), "--rows", row]
    command += ["--images", str(arguments.images), "--worker", way, str(folder)]
    environment = dict(os.environ) if way == "plain" else {**os.environ, "THP_MEM_ALLOC_ENABLE": "1"}
    found: dict[str, float] = json.loads(subprocess.check_output(command, env=environment, text=True))
    return found


def write_images(folder: Path, size: int, count: int) -> None:
    """The same random images as PNG files in class folders and as an array."""
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


def measure(way: str, row: str, size: int, count: int, folder: Path) -> dict[str, float]:
    """Seconds per epoch and, for ours, of the frozen part; peak memory in MiB; FLOP of one image's training step."""
    import resource

    import torch

    from benchmarks.train_ways import bare_epoch, our_epoch, plain_epoch
    from galaxy.models.architecture import build_classifier
    from galaxy.models.cost import multiply_adds

    torch.manual_seed(0)
    classifier = build_classifier(ROWS[row], classes=10, size=size, mean=(0.5,) * 3, deviation=(0.25,) * 3)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    classifier.to(device)
    way_of = {"plain": plain_epoch, "bare": bare_epoch, "ours": our_epoch}[way]
    frozen, epoch = way_of(classifier, folder, count, BATCH, device)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    learning = multiply_adds(classifier, size) - frozen_multiply_adds(classifier, size)
    return {"epoch": epoch, "frozen": frozen, "memory": memory, "flop": 6.0 * learning}


def frozen_multiply_adds(classifier: Any, size: int) -> int:
    """Multiply-adds of the frozen part, which is computed once."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    device = next(classifier.parameters()).device
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        classifier.frozen_part(torch.zeros(1, 3, size, size, device=device))
    return int(counter.get_total_flops()) // 2


_PEAK = """
import time, torch
a = torch.randn(4096, 4096); b = torch.randn(4096, 4096); best = 1e9
for _ in range(5):
    start = time.perf_counter(); a @ b; best = min(best, time.perf_counter() - start)
print(2 * 4096**3 / best / 1e9)
"""

if __name__ == "__main__":
    main()
