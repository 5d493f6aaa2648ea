"""Writes a set of rendered galaxies as an HDF5 file in the layout of Galaxy10."""

from pathlib import Path

import h5py
import numpy as np
from tqdm import tqdm

from galaxy.classes import GALAXY10_CLASSES
from galaxy.cores import usable_cores
from galaxy.errors import InputError
from galaxy.hdf5_sink import Hdf5Sink
from galaxy.rendered.proportions import class_counts
from galaxy.rendered.sky_positions import sky_positions
from galaxy.rendered.survey import pixel_scale
from galaxy.rendered.workers import draw_in_order

BLOCK = 16
"""Number of galaxies per task and per HDF5 chunk, 3 MiB at 256 pixels."""

SMALLEST_SIZE = 16
"""Smallest width and height in pixels; in smaller pictures the classes cannot be distinguished."""


def render_set(
    path: Path, *, count: int, size: int, seed: int, workers: int | None = None, progress: bool = False
) -> None:
    """Write a set of rendered galaxies as an HDF5 file, sorted by class like the published file.

    The file contains the data sets `images` (N, S, S, 3) uint8, `ans` (N,) uint8 and `ra`, `dec` (degrees), `redshift`
    and `pxscale` (arcsec per pixel), each (N,) float64, and the attribute `class_names`. Galaxy `i` depends only on
    `seed`, `i` and its class, so that the bytes do not depend on the number of processes. Images are not compressed,
    because gzip would save only 30 % of the space and take 8 ms per image.

    Args:
        path: The file to write; an existing file is overwritten.
        count: Number N of galaxies, at least 30.
        size: Width and height S of the images in pixels, at least 16. The field of view is 67 arcsec at any size, as in
            Galaxy10.
        seed: Seed of the set, 0 or more.
        workers: Number of processes; None takes one for each core that this process may use.
        progress: Whether to show a progress bar on a terminal.

    Raises:
        InputError: If an argument is out of range, or a process was killed.
        OSError: If `path` cannot be written.
    """
    labels = np.repeat(np.arange(len(GALAXY10_CLASSES), dtype=np.uint8), class_counts(count))
    if size < SMALLEST_SIZE:
        raise InputError(f"rendered size is {size}; at least {SMALLEST_SIZE} pixels are needed")
    if seed < 0:
        raise InputError(f"rendered seed is {seed}; it must be 0 or more")
    workers = usable_cores() if workers is None else workers
    if workers < 1:
        raise InputError(f"number of rendering workers is {workers}; it must be 1 or more")
    with Hdf5Sink(path) as sink, h5py.File(sink, "w") as file:
        file.attrs["class_names"] = np.array(GALAXY10_CLASSES, dtype=object)
        shape = (count, size, size, 3)
        chunks = (min(BLOCK, count), size, size, 3)
        images = file.create_dataset("images", shape, np.uint8, chunks=chunks, track_times=False)
        redshift = np.empty(count)
        with tqdm(total=count, desc="render", unit="galaxy", disable=None if progress else True) as bar:
            for start, block in draw_in_order(labels, block=BLOCK, size=size, seed=seed, workers=workers):
                stop = start + len(block)
                images[start:stop] = np.stack([drawn.image for drawn in block])
                sink.check()
                redshift[start:stop] = [drawn.redshift for drawn in block]
                bar.update(len(block))
        ra, dec = sky_positions(count, seed=seed)
        columns = {"ans": labels, "ra": ra, "dec": dec, "redshift": redshift}
        for name, column in columns.items():
            file.create_dataset(name, data=column, track_times=False)
        file.create_dataset("pxscale", data=np.full(count, pixel_scale(size)), track_times=False)
        file.close()
        sink.check()
