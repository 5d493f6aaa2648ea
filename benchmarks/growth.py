"""How the stages download and split grow with the number of galaxies: audit, near-identical search, groups, split.

    python -m benchmarks.growth --counts 17736 200000 1000000

prints a table in Markdown: processor seconds and largest memory of `audit_file` and of `split_file`, each in a process
of its own with one thread, and how the seconds grow for ten times as many galaxies, 10 being linear. The galaxies have
16 px, so that what is left is what depends on their number, and random places on the sky.
"""

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from benchmarks.near_identical import thumbnails
from galaxy.data.audit import audit_file
from galaxy.recipes.split import split_file

STEPS = ("audit", "split")


def write_file(path: Path, pictures: np.ndarray) -> None:
    """Write pictures as a file in Galaxy10's layout."""
    count, chance = len(pictures), np.random.default_rng(1)
    chunks = (min(555, count), *pictures.shape[1:3], 1)
    with h5py.File(path, "w") as file:
        file.create_dataset("images", data=pictures, chunks=chunks, compression="gzip", compression_opts=1)
        file["ans"] = (np.arange(count) * 10 // count).astype(np.uint8)
        file["ra"] = chance.uniform(0, 360, count)
        file["dec"] = np.degrees(np.arcsin(chance.uniform(-1, 1, count)))
        file["redshift"] = chance.uniform(0, 0.3, count)
        file["pxscale"] = np.full(count, 0.262)


def work(step: str, folder: Path, count: int) -> None:
    """Do one step and print its processor seconds and memory as JSON."""
    started = time.process_time()
    if step == "write":
        write_file(folder / "galaxies.h5", thumbnails(count)[:count])
    elif step == "audit":
        audit_file(folder / "galaxies.h5", sha256="0" * 64)
    else:
        split_file(
            folder / "galaxies.h5",
            manifest=folder / "manifest.csv",
            classes=folder / "classes.json",
            store=folder / "store",
            size=16,
            crop=None,
            seed=0,
            validation=0.1,
            test=0.2,
            group_radius=67,
            group_images=1.0,
            drop_conflicts=False,
        )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.process_time() - started, "memory": memory}))


def main() -> None:
    """Measure every step at every count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[17_736, 200_000])
    parser.add_argument("--worker", nargs=3, metavar=("STEP", "FOLDER", "COUNT"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        work(given.worker[0], Path(given.worker[1]), int(given.worker[2]))
        return
    print("| galaxies | " + " | ".join(f"{step}, s | growth | {step}, MiB" for step in STEPS) + " |")
    print("|---" * (1 + 3 * len(STEPS)) + "|")
    before: dict[str, tuple[int, float]] = {}
    for count in sorted(given.counts):
        cells = [f"{count:,}"]
        with tempfile.TemporaryDirectory() as folder:
            # The file is written in a process of its own, too: a process starts with the peak memory of its parent.
            for step in ("write", *STEPS):
                command = [sys.executable, "-m", "benchmarks.growth", "--worker", step, folder, str(count)]
                threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
                found = json.loads(subprocess.check_output(command, env={**os.environ, **threads}, text=True))
                if step == "write":
                    continue
                growth = ""
                if step in before:
                    fewer, seconds = before[step]
                    power = math.log(found["seconds"] / seconds) / math.log(count / fewer)
                    growth = f"{10**power:.1f}"
                before[step] = (count, found["seconds"])
                cells += [f"{found['seconds']:.1f}", growth, f"{found['memory']:.0f}"]
        print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
