"""Makes a stand-in of Galaxy10's size and storage.

python -m benchmarks.full_size /tmp/full.h5

17,736 x 256 x 256 x 3 bytes in gzip chunks of (555, 16, 16, 1), 3.5 GB of pixels in 2.7 GB of file like the published
one: a bright spot on noise whose width is chosen so that gzip saves as much. About three minutes on two cores.
"""

import argparse
import zlib
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.classes import GALAXY10_COUNTS

SIZE = 256
CHUNKS = (555, 16, 16, 1)
LEVEL = 4
"""h5py's own default."""


def spots(count: int, *, seed: int) -> NDArray[np.uint8]:
    """Return (count, 256, 256, 3) images with one round spot each and independent noise in every pixel."""
    chance = np.random.default_rng(seed)
    axis = np.arange(SIZE, dtype=np.float32) - SIZE / 2
    width = chance.uniform(8, 30, (count, 1)).astype(np.float32)
    profile = np.exp(-((axis / width) ** 2) / 2)
    light = chance.uniform(60, 200, (count, 1, 1)).astype(np.float32) * profile[:, :, None] * profile[:, None, :]
    noise = chance.integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8) >> 2
    images: NDArray[np.uint8] = np.minimum(light[..., None].astype(np.uint8), np.uint8(190)) + noise
    return images


def write_full_size(path: Path, *, count: int) -> None:
    """Write the file; chunks are compressed on all cores and stored as they are."""
    published = np.repeat(np.arange(10, dtype=np.uint8), list(GALAXY10_COUNTS.values()))
    label = published[np.arange(count) * len(published) // count]
    chance = np.random.default_rng(0)
    chunks = (min(CHUNKS[0], count), *CHUNKS[1:])
    with h5py.File(path, "w") as file, ThreadPoolExecutor() as pool:
        images = file.create_dataset(
            "images", (count, SIZE, SIZE, 3), np.uint8, chunks=chunks, compression="gzip", compression_opts=LEVEL
        )
        for start in tqdm(range(0, count, chunks[0]), unit="slab", disable=None):
            slab = np.zeros((chunks[0], SIZE, SIZE, 3), dtype=np.uint8)
            filled = min(chunks[0], count - start)
            slab[:filled] = spots(filled, seed=start)
            corners = list(product(range(0, SIZE, CHUNKS[1]), range(0, SIZE, CHUNKS[2]), range(3)))
            packed = pool.map(
                lambda at, slab=slab: zlib.compress(
                    slab[:, at[0] : at[0] + CHUNKS[1], at[1] : at[1] + CHUNKS[2], at[2]].tobytes(), LEVEL
                ),
                corners,
            )
            for corner, content in zip(corners, packed, strict=True):
                images.id.write_direct_chunk((start, *corner), content)
        file["ans"] = label
        file["ra"] = chance.uniform(0, 360, count)
        file["dec"] = np.degrees(np.arcsin(chance.uniform(-0.5, 0.9, count)))
        file["redshift"] = chance.uniform(0, 0.3, count)
        file["pxscale"] = np.full(count, 0.262)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--count", type=int, default=sum(GALAXY10_COUNTS.values()))
    options = parser.parse_args()
    write_full_size(options.path, count=options.count)
