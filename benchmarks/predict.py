"""What `galaxy predict` costs for one picture, and how its memory grows with their number.

Writes pictures of the run's galaxies as JPEG and tables that name them again and again, classifies the tables as whole
processes, and prints processor time, wall time and peak memory of each. The slope between two tables is the cost of a
picture without the start. Beside it stands what decoding, preparing and the network take alone.

`python -m benchmarks.predict --folder /tmp/pictures --counts 2000 8000`; `--dask-workers 2` does the same on a cluster
of local processes. `--overlap` measures how far reading and the network overlap instead.
"""

import argparse
import csv
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

PICTURES = 500


def write_table(folder: Path, galaxies: Path, count: int) -> Path:
    """Write `PICTURES` galaxies as JPEG, and a table of `count` lines that names them in turn."""
    pictures = folder / "pictures"
    if not pictures.is_dir():
        pictures.mkdir(parents=True)
        with h5py.File(galaxies) as file:
            for number, image in enumerate(file["images"][:PICTURES]):
                Image.fromarray(image).save(pictures / f"{number:04d}.jpg", quality=92)
    path = folder / f"{count}.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "path", "magnitude"])
        writer.writerows([f"g{line:08d}", f"pictures/{line % PICTURES:04d}.jpg", "17.5"] for line in range(count))
    return path


def run(table: Path, row: str, options: list[str]) -> tuple[float, float, float]:
    """Classify a table in a process of its own: processor seconds, wall seconds, peak MiB of the largest process."""
    output = table.with_name(f"{table.stem}-classified.csv")
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-m", "galaxy.cli", "predict", row, str(table), "--output", str(output), "--overwrite"]
    subprocess.run([*command, *options], check=True, capture_output=True)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter() - started
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, wall, after.ru_maxrss / 1024


def milliseconds(work: Callable[[], object], pictures: int) -> float:
    """Return the processor time of a picture, after one pass that is not counted."""
    work()
    started = time.process_time()
    work()
    return 1000 * (time.process_time() - started) / pictures


def print_parts(table: Path, row: str) -> None:
    """Print what decoding, preparing and the network take for one picture, in this process."""
    from galaxy.predict.options import Options
    from galaxy.workbench.open_row import open_row

    opened = open_row(row, models=Path("data/models"))
    options = opened.options(Options())
    with ExitStack() as stack:
        chunks = list(options.open([table], stack=stack).chunks(0))[:8]
        read = [picture for chunk in chunks for picture in chunk()]
        decode = milliseconds(lambda: [list(chunk()) for chunk in chunks], len(read))
        started = time.process_time()
        prepared = list(options.preparation(opened.row.description)(read))
        prepare = 1000 * (time.process_time() - started) / len(read)
        images = np.stack([picture.image for picture in prepared if picture.image is not None])
        network = milliseconds(
            lambda: [opened.row.classify(images[at : at + 64]) for at in range(0, len(images), 64)], len(images)
        )
    print(f"ms of processor time a picture: decoding {decode:.2f}, preparing {prepare:.2f}, network {network:.2f}")


def print_overlap(folder: Path, galaxies: Path, row: str) -> None:
    """Print how long reading alone, the network alone and both at once take for the same pictures, by their form.

    At best both take as long as the slower of the two, or, where that is more, as the processor time of both divided by
    the number of cores. This floor divided by what both took shows what the program loses.
    """
    from galaxy.predict.options import Options
    from galaxy.predict.read_ahead import read_ahead
    from galaxy.predict.row_maker import RowMaker
    from galaxy.workbench.open_row import open_row, reading_threads

    opened, workers = open_row(row, models=Path("data/models")), reading_threads()
    options = opened.options(Options())
    places = {"HDF5": folder / "own.h5"}
    with h5py.File(galaxies) as file:
        images = file["images"][:PICTURES]
    with h5py.File(places["HDF5"], "w") as target:
        target["images"] = images
    for form, ending in (("JPEG", "jpg"), ("PNG", "png")):
        places[form] = folder / ending
        places[form].mkdir(exist_ok=True)
        for number, image in enumerate(images):
            Image.fromarray(image).save(places[form] / f"{number:04d}.{ending}")
    cores = len(os.sched_getaffinity(0))
    print(
        f"| {PICTURES} pictures as | reading, s | network, s | both, s | slower side / both | processor, s | "
        f"floor / both on {cores} |\n|:--|--:|--:|--:|--:|--:|--:|"
    )
    for form, place in places.items():
        times: dict[str, list[float]] = {"reading": [], "network": [], "both": [], "processor": []}
        for _ in range(3):
            with ExitStack() as stack:
                inputs, prepare = options.open([place], stack=stack), options.preparation(opened.row.description)
                started, before = time.perf_counter(), time.process_time()
                read = list(read_ahead(inputs.chunks(0), prepare, workers=workers))
                times["reading"].append(time.perf_counter() - started)
                prepared = np.stack([picture.image for picture in read if picture.image is not None])
                started = time.perf_counter()
                for at in range(0, len(prepared), 64):
                    opened.row.classify(prepared[at : at + 64])
                times["network"].append(time.perf_counter() - started)
                times["processor"].append(time.process_time() - before)
                maker = RowMaker(opened.row, options, None, list(inputs.further))
                started = time.perf_counter()
                sum(len(block.rows) for block in maker.blocks(inputs.chunks(0), workers=workers))
                times["both"].append(time.perf_counter() - started)
        reading, network, both, processor = (min(values) for values in times.values())
        slower = max(reading, network)
        floor = max(slower, processor / cores)
        print(
            f"| {form} | {reading:.2f} | {network:.2f} | {both:.2f} | {slower / both:.2f} | {processor:.2f} | "
            f"{floor / both:.2f} |",
            flush=True,
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--galaxies", type=Path, default=Path("data/galaxies.h5"))
    parser.add_argument("--row", default="custom")
    parser.add_argument("--counts", type=int, nargs="+", default=[2000, 8000])
    parser.add_argument("--dask-workers", type=int)
    parser.add_argument("--overlap", action="store_true", help="only how far reading and the network overlap")
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    if given.overlap:
        given.folder.mkdir(parents=True, exist_ok=True)
        print_overlap(given.folder, given.galaxies, given.row)
        return
    options = [] if given.dask_workers is None else ["--dask", "local", "--dask-workers", str(given.dask_workers)]
    tables = [write_table(given.folder, given.galaxies, count) for count in given.counts]
    used = []
    print("| pictures | processor, s | wall, s | peak, MiB |\n|--:|--:|--:|--:|")
    for count, table in zip(given.counts, tables, strict=True):
        seconds, wall, memory = run(table, given.row, options)
        used.append(seconds)
        print(f"| {count:,} | {seconds:.1f} | {wall:.1f} | {memory:.0f} |", flush=True)
    if len(used) > 1:
        slope = 1000 * (used[-1] - used[0]) / (given.counts[-1] - given.counts[0])
        print(f"\n{slope:.2f} ms of processor time a picture")
    print_parts(tables[0], given.row)


if __name__ == "__main__":
    main()
