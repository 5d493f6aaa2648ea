"""Two trainings one after the other, at once, and at once with the threads divided: `galaxy repro --jobs 2`.

    python -m benchmarks.jobs --images 640 --size 64 --epochs 4 --rounds 3

Both are `stages.train` of the network `custom`, as whole processes. The three ways are measured in turn.
"""

import argparse
import os
import resource
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.whole_stage import ROOT, commands, write_inputs
from galaxy.workbench.parallel_repro import thread_share

WAYS = ("one after the other", "at once", "at once, threads divided")


def pair(folder: Path, *, images: int, epochs: int) -> list[list[str]]:
    """Return the commands of two trainings that write to different folders."""
    command = commands(folder, images=images, epochs=epochs)["stages.train"]
    found = []
    for name in ("one", "two"):
        (folder / name).mkdir(exist_ok=True)
        outs = {str(folder / out) for out in ("model", "history.csv", "predictions.npz")}
        found.append([str(folder / name / Path(word).name) if word in outs else word for word in command])
    return found


def seconds_of(way: str, both: list[list[str]], folder: Path) -> tuple[float, float]:
    """Wall and processor time of both trainings.

    The second one is given a repository of its own, as trainings of the same settings would wait for each other.
    """
    started, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    running = []
    for number, command in enumerate(both):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "DVC_ROOT": str(folder / ("one", "two")[number])}
        if way == WAYS[2]:
            environment["OMP_NUM_THREADS"] = str(thread_share(2))
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        running.append(subprocess.Popen(command, env=environment, cwd=folder, **quiet))  # type: ignore[call-overload]
        if way == WAYS[0]:
            running[-1].wait()
    if any(process.wait() for process in running):
        raise RuntimeError(f"a training failed: {both}")
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in {"images": 640, "size": 64, "epochs": 4, "rounds": 3}.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    given = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_inputs(folder, images=given.images, size=given.size, epochs=given.epochs)
        both = pair(folder, images=given.images, epochs=given.epochs)
        for number in range(given.rounds + 1):
            for way in WAYS:
                seconds = seconds_of(way, both, folder)
                if number:  # the first round only warms up
                    found.setdefault(way, []).append(seconds)
    print(f"{given.images} images of {given.size} px, {given.epochs} epochs, load {os.getloadavg()[0]:.1f}\n")
    print("| two trainings | s, median | processor s, median | s of each round |\n|---|---|---|---|")
    for way, values in found.items():
        wall, used = (statistics.median(value[which] for value in values) for which in (0, 1))
        print(f"| {way} | {wall:.1f} | {used:.1f} | {', '.join(f'{value[0]:.1f}' for value in values)} |")


if __name__ == "__main__":
    main()
