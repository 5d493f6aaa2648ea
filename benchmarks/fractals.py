"""Pictures of iterated function systems a second on one core: `python -m benchmarks.fractals`."""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time
from typing import Annotated

import numpy as np
import typer

from galaxy.fractals.draw import draw_fractals


def main(
    count: Annotated[int, typer.Option(help="Pictures.")] = 2000,
    classes: Annotated[int, typer.Option(help="Systems.")] = 100,
    size: Annotated[int, typer.Option(help="Pixels on a side.")] = 64,
) -> None:
    """Draw pictures and print the speed by wall time and by the process's own time, which other processes spare."""
    numbers = np.arange(count)
    draw_fractals(np.arange(classes), np.zeros(classes, int), size=size, seed=0)  # finds the systems, once for all
    wall, cpu = time.perf_counter(), time.process_time()
    draw_fractals(numbers % classes, numbers // classes, size=size, seed=0)
    wall, cpu = count / (time.perf_counter() - wall), count / (time.process_time() - cpu)
    print(f"{wall:.0f} pictures a second, {cpu:.0f} a second of CPU time")


if __name__ == "__main__":
    typer.run(main)
