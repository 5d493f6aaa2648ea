"""A whole training as a process, from start to exit: `stages.train` beside a bare loop, alternately.

    python -m benchmarks.whole_stage --images 1517 --size 128 --epochs 3 --rounds 3

Both train the network `custom` on the same random images with the same batches. The bare loop holds all images in
memory and has no validation, no saving, no tracking and no deterministic algorithms. With `--competitor` another
process of the same priority keeps one core busy.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from ruamel.yaml import YAML

from galaxy.data.class_names import write_class_names
from galaxy.data.manifest import Manifest, galaxy_ids, write_manifest

ROOT = Path(__file__).resolve().parents[1]
CLASSES = 10

BARE = """
import sys, time
import numpy as np, torch
from torch.nn import functional
from galaxy.models.custom import CustomClassifier
folder, count, epochs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
images = torch.from_numpy(np.load(folder + "/store/images.npy"))[:count]
labels = torch.arange(count) % 10
network = CustomClassifier(classes=10, size=images.shape[1], mean=[0.5] * 3, deviation=[0.25] * 3)
network.to(memory_format=torch.channels_last)
optimizer = torch.optim.AdamW(network.parameters(), lr=5e-4, fused=True)
for _ in range(epochs):
    for batch in torch.randperm(count).split(64):
        loss = functional.cross_entropy(network(images[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
"""


def write_inputs(folder: Path, *, images: int, size: int, epochs: int) -> None:
    """The files that stage `train` reads: `images` galaxies for training and a quarter more for the other splits."""
    count = images + 2 * (images // 8)
    rows, nan = np.arange(count), np.full(count, np.nan)
    split = np.array(["train"] * images + ["validation"] * (images // 8) + ["test"] * (images // 8))
    ids = galaxy_ids("a" * 64, rows)
    write_manifest(folder / "manifest.csv", Manifest(ids, rows, nan, nan, rows % CLASSES, rows, split, ""))
    write_class_names(folder / "classes.json", [str(number) for number in range(CLASSES)])
    (folder / "store").mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
    np.save(folder / "store" / "images.npy", pixels)
    np.save(folder / "store" / "ids.npy", ids)
    params = YAML(typ="safe").load(ROOT / "params.yaml")
    params["train"] |= {"epochs": epochs, "seeds": [0]}
    params["split"]["crop"] = None
    with (folder / "params.yaml").open("w") as file:
        YAML().dump(params, file)


def commands(folder: Path, *, images: int, epochs: int) -> dict[str, list[str]]:
    """What is measured."""
    stage = [sys.executable, "-m", "stages.train", "--model", "custom", "--params", str(folder / "params.yaml")]
    for name in ("manifest.csv", "classes.json", "store"):
        stage += [f"--{name.partition('.')[0]}", str(folder / name)]
    stage += ["--output", str(folder / "model"), "--history", str(folder / "history.csv")]
    stage += ["--predictions", str(folder / "predictions.npz")]
    return {"stages.train": stage, "bare loop": [sys.executable, "-c", BARE, str(folder), str(images), str(epochs)]}


def seconds_of(command: list[str], folder: Path) -> tuple[float, float]:
    """Wall time and processor time of a process and its children."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DVC_ROOT": str(folder)}
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, cwd=folder, check=True, stderr=subprocess.DEVNULL)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure, and print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1517)
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--competitor", action="store_true")
    given = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_inputs(folder, images=given.images, size=given.size, epochs=given.epochs)
        spinning = [sys.executable, "-c", "while True: pass"]
        competitor = subprocess.Popen(spinning) if given.competitor else None
        try:
            for _ in range(given.rounds):
                for name, command in commands(folder, images=given.images, epochs=given.epochs).items():
                    found.setdefault(name, []).append(seconds_of(command, folder))
        finally:
            if competitor:
                competitor.kill()
                competitor.wait()
    results = {
        name: {
            "median_seconds": round(statistics.median(wall for wall, _ in values), 1),
            "median_processor_seconds": round(statistics.median(used for _, used in values), 1),
            "seconds": [round(wall, 1) for wall, _ in values],
        }
        for name, values in found.items()
    }
    print(json.dumps({**vars(given), "load": os.getloadavg()[0], **results}))


if __name__ == "__main__":
    main()
