"""A whole training as a process, from start to exit: `stages.train` beside a bare loop and Lightning, alternately.

    python -m benchmarks.whole_stage --images 1517 --size 128 --epochs 3 --rounds 3

All train the network `custom` on the same random images in batches of 64. The bare loop holds all images in memory and
has no validation, no saving, no tracking and no deterministic algorithms; Lightning validates, logs to CSV and saves a
checkpoint, and is left out where it is not installed. With `--competitor` another process of the same priority keeps
one core busy. Before it is measured, each is run once, so that files are in memory and MLflow's store exists.
"""

import argparse
import importlib.util
import os
import resource
import shutil
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


def write_inputs(folder: Path, *, images: int, size: int, epochs: int) -> None:
    """Write the files that stage `train` reads: `images` training galaxies and a quarter more for the other splits."""
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
    """Return the commands that are measured."""
    stage = [sys.executable, "-m", "stages.train", "--model", "custom", "--params", str(folder / "params.yaml")]
    for name in ("manifest.csv", "classes.json", "store"):
        stage += [f"--{name.partition('.')[0]}", str(folder / name)]
    stage += ["--output", str(folder / "model"), "--history", str(folder / "history.csv")]
    stage += ["--predictions", str(folder / "predictions.npz")]
    found = {"stages.train": stage}
    for name, module in {"bare loop": "bare_process", "Lightning": "lightning_process"}.items():
        if name != "Lightning" or importlib.util.find_spec("lightning"):
            found[name] = [sys.executable, "-m", f"benchmarks.{module}", str(folder), str(images), str(epochs)]
    return found


def seconds_of(command: list[str], folder: Path) -> tuple[float, float]:
    """Return wall time and processor time of a process and its children."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DVC_ROOT": str(folder)}
    for made in ("model", "lightning"):
        shutil.rmtree(folder / made, ignore_errors=True)
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, cwd=folder, check=True, capture_output=True)
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure, and print a table."""
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
        measured = commands(folder, images=given.images, epochs=given.epochs)
        try:
            for number in range(given.rounds + 1):
                for name, command in measured.items():
                    seconds = seconds_of(command, folder)
                    if number:  # the first round only warms up
                        found.setdefault(name, []).append(seconds)
        finally:
            if competitor:
                competitor.kill()
                competitor.wait()
    print(f"{given.images} images of {given.size} px, {given.epochs} epochs, load {os.getloadavg()[0]:.1f}\n")
    print("| process | s, median | processor s, median | s of each round |\n|---|---|---|---|")
    for name, values in found.items():
        wall, used = (statistics.median(value[which] for value in values) for which in (0, 1))
        print(f"| {name} | {wall:.1f} | {used:.1f} | {', '.join(f'{value[0]:.1f}' for value in values)} |")


if __name__ == "__main__":
    main()
