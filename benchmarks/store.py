"""Measures how long writing and reading the image store take.

python -m benchmarks.store, or python -m benchmarks.store /tmp/full.h5

Compares stages.split, on a file such as benchmarks.full_size makes (without one, on 2,000 such images), with h5py alone
reading the same blocks, and with reading one image at a time, which is measured on a few images because all would take
hours. The file is read once beforehand, so that the page cache holds as much of it as fits.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import numpy as np
from numpy.typing import NDArray

from benchmarks.full_size import write_full_size

SPLIT = {
    "crop": None,
    "seed": 0,
    "validation": 0.1,
    "test": 0.2,
    "group_radius": 67,
    "group_images": 1.0,
    "conflicts": "keep",
    "manifest": None,
    "manifest_sha256": None,
}


def seconds(action: Callable[[], object]) -> float:
    """Return the wall-clock seconds of one call."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def read_blocks(path: Path, *, rows: int) -> None:
    """Read all images with h5py alone, in blocks of `rows`, into one array that is reused."""
    with h5py.File(path) as file:
        images = file["images"]
        buffer = np.empty((rows, *images.shape[1:]), dtype=np.uint8)
        for start in range(0, len(images), rows):
            stop = min(start + rows, len(images))
            images.read_direct(buffer[: stop - start], np.s_[start:stop])


def read_one_by_one(path: Path, *, count: int) -> None:
    """Read some images with h5py, one at a time."""
    with h5py.File(path) as file:
        for row in np.linspace(0, len(file["images"]) - 1, count).astype(int):
            file["images"][row]


def split(path: Path, folder: Path, *, size: int) -> float:
    """Run the stage in its own process; return its largest resident memory, in MiB."""
    params = folder / "params.yaml"
    params.write_text(json.dumps({"split": {"size": size, **SPLIT}}))
    names = {"manifest": "manifest.csv", "classes": "classes.json", "store": "store"}
    outs = [f"--{option}={folder / name}" for option, name in names.items()]
    stage = subprocess.Popen([sys.executable, "-m", "stages.split", f"--galaxies={path}", *outs, f"--params={params}"])
    _, status, used = os.wait4(stage.pid, 0)
    if status:
        sys.exit("stages.split failed")
    return used.ru_maxrss / 1024


def batches(store: Path, *, repeats: int = 100) -> tuple[float, float]:
    """Return the median GB/s of random batches of 64 from the store, and from up to 1 GiB of images in memory."""
    images = np.load(store / "images.npy", mmap_mode="r")
    held = np.array(images[: (1 << 30) // images[0].nbytes])
    chance = np.random.default_rng(0)
    rows = [np.sort(chance.choice(len(held), 64, replace=False)) for _ in range(repeats)]

    def speed(array: NDArray[np.uint8]) -> float:
        for batch in rows:
            array[batch]
        taken = []
        for batch in rows:
            start = time.perf_counter()
            array[batch]
            taken.append(time.perf_counter() - start)
        return 64 * int(images[0].nbytes) / 1e9 / float(np.median(taken))

    return speed(images), speed(held)


def main() -> None:
    """Measure a file that was given, or one that is written for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, nargs="?")
    parser.add_argument("--sizes", type=int, nargs="+", default=[64, 256])
    options = parser.parse_args()
    if options.path is None:
        with TemporaryDirectory() as name:
            write_full_size(Path(name) / "galaxies.h5", count=2000)
            measure(Path(name) / "galaxies.h5", options.sizes)
    else:
        measure(options.path, options.sizes)


def measure(path: Path, sizes: Sequence[int]) -> None:
    """Measure reading and splitting a file, and print a table."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass
    with h5py.File(path) as file:
        count, rows = len(file["images"]), (file["images"].chunks or (256,))[0]
    alone = seconds(lambda: read_blocks(path, rows=rows))
    few = 10
    naive = seconds(lambda: read_one_by_one(path, count=few)) / few * count
    print(f"| {count} images | seconds | times h5py | peak memory, MiB | batch of 64, GB/s | from memory, GB/s |")
    print("|---|---|---|---|---|---|")
    print(f"| h5py alone, blocks of {rows} | {alone:.1f} | 1.00 | | | |", flush=True)
    print(f"| h5py, image by image (from {few}) | {naive:.0f} | {naive / alone:.1f} | | | |", flush=True)
    for size in sizes:
        with TemporaryDirectory(dir=path.parent) as name:
            memory = 0.0

            def stage(folder: Path = Path(name), size: int = size) -> None:
                nonlocal memory
                memory = split(path, folder, size=size)

            wall = seconds(stage)
            mapped, held = batches(Path(name) / "store")
        figures = f"{wall:.1f} | {wall / alone:.2f} | {memory:.0f} | {mapped:.1f} | {held:.1f}"
        print(f"| stages.split to {size} px | {figures} |", flush=True)


if __name__ == "__main__":
    main()
