"""A set of rendered galaxies as an HDF5 file in the layout of Galaxy10."""

import multiprocessing
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from galaxy.classes import GALAXY10_CLASSES
from galaxy.errors import InputError
from galaxy.hdf5_sink import Hdf5Sink
from galaxy.rendered.draw import Drawn, draw_slab, end_with_parent
from galaxy.rendered.proportions import class_counts
from galaxy.rendered.sky_positions import sky_positions
from galaxy.rendered.survey import pixel_scale

SLAB = 16
"""Galaxies per task and per HDF5 chunk: 3 MiB at 256 pixels, quick to read in slabs and little to hold in memory."""

SMALLEST_SIZE = 16
"""Pixels on a side below which no galaxy can be told from another."""


def render_set(
    path: Path, *, count: int, size: int, seed: int, workers: int | None = None, progress: bool = False
) -> None:
    """Write `count` rendered galaxies of `size` x `size` pixels to `path`, in class order like the published file.

    Data sets: `images` (count, size, size, 3) uint8, `ans` (count,) uint8, `ra`, `dec` (degrees), `redshift` and
    `pxscale` (arcsec per pixel), each (count,) float64; attribute `class_names`. The field of view is that of
    Galaxy10, 67 arcsec, whatever the size. Galaxy `i` depends on `seed` and `i` alone (and on its class), so that the
    bytes do not depend on `workers`, the number of processes (None: one per available core). Memory does not grow with
    `count`, but for the five columns of numbers. Images are stored uncompressed: their noise leaves gzip 30 % to gain
    at 8 ms an image.

    Raises:
        InputError: a count, size, seed or number of workers that cannot be; a worker was killed.
        OSError: the disk is full, or whatever else keeps `path` from being written.
    """
    labels = np.repeat(np.arange(len(GALAXY10_CLASSES), dtype=np.uint8), class_counts(count))
    if size < SMALLEST_SIZE:
        raise InputError(f"rendered size is {size}; at least {SMALLEST_SIZE} pixels are needed")
    if seed < 0:
        raise InputError(f"rendered seed is {seed}; it must be 0 or more")
    workers = _cores() if workers is None else workers
    if workers < 1:
        raise InputError(f"number of rendering workers is {workers}; it must be 1 or more")
    with Hdf5Sink(path) as sink, h5py.File(sink, "w") as file:
        file.attrs["class_names"] = np.array(GALAXY10_CLASSES, dtype=object)
        shape = (count, size, size, 3)
        chunks = (min(SLAB, count), size, size, 3)
        images = file.create_dataset("images", shape, np.uint8, chunks=chunks, track_times=False)
        redshift = np.empty(count)
        with tqdm(total=count, desc="render", unit="galaxy", disable=None if progress else True) as bar:
            for start, slab in _slabs(labels, size=size, seed=seed, workers=workers):
                stop = start + len(slab)
                images[start:stop] = np.stack([drawn.image for drawn in slab])
                sink.check()
                redshift[start:stop] = [drawn.redshift for drawn in slab]
                bar.update(len(slab))
        ra, dec = sky_positions(count, seed=seed)
        columns = {"ans": labels, "ra": ra, "dec": dec, "redshift": redshift}
        for name, column in columns.items():
            file.create_dataset(name, data=column, track_times=False)
        file.create_dataset("pxscale", data=np.full(count, pixel_scale(size)), track_times=False)
        file.close()
        sink.check()


def _slabs(labels: np.ndarray, *, size: int, seed: int, workers: int) -> Iterator[tuple[int, list[Drawn]]]:
    """Yield (first index, galaxies) in order; at most two slabs per worker wait at any time."""
    starts = range(0, len(labels), SLAB)
    if workers == 1:
        for start in starts:
            yield start, draw_slab(start, labels[start : start + SLAB], size, seed)
        return
    waiting: deque[tuple[int, Future[list[Drawn]]]] = deque()
    # Forking a process that runs threads (torch, HDF5) can lock up; spawned workers start clean.
    context = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(workers, mp_context=context, initializer=end_with_parent) as pool:
            for start in starts:
                waiting.append((start, pool.submit(draw_slab, start, labels[start : start + SLAB], size, seed)))
                if len(waiting) > 2 * workers:
                    first, slab = waiting.popleft()
                    yield first, slab.result()
            for first, slab in waiting:
                yield first, slab.result()
    except BrokenProcessPool:
        raise InputError(
            "a process that renders was killed, as systems do when memory runs out; free memory and run again"
        ) from None


def _cores() -> int:
    """Cores that this process may use; not every system can tell, then all there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
