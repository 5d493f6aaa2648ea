"""How the search for near-identical pictures grows with their number.

    python -m benchmarks.near_identical --counts 17736 50000 100000 200000

prints the processor time in seconds of one thread, the pairs found and the largest resident memory. The pictures are
rendered galaxies, shifted, flipped and turned, with another brightness, sky and noise each. Expected: 10 to 13
times the time for 200,000 as for 17,736.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import h5py
import numpy as np

from galaxy.data.near_identical import near_identical_pairs
from galaxy.rendered.catalogue import render_set

RENDERED = 500


def thumbnails(count: int) -> np.ndarray:
    """Return (count, 16, 16, 3) uint8 thumbnails, all of them different."""
    with tempfile.TemporaryDirectory() as folder:
        render_set(Path(folder) / "g.h5", count=RENDERED, size=64, seed=0)
        with h5py.File(Path(folder) / "g.h5") as file:
            images = file["images"][:]
    random = np.random.default_rng(0)
    found = np.empty((-(-count // RENDERED) * RENDERED, 16, 16, 3), dtype=np.uint8)
    for start in range(0, len(found), RENDERED):
        shifted = np.roll(images, random.integers(-6, 7, 2), (1, 2))
        thumbnail = shifted.reshape(RENDERED, 16, 4, 16, 4, 3).mean((2, 4), dtype=np.float32)
        for axis in np.flatnonzero(random.integers(0, 2, 2)):
            thumbnail = np.flip(thumbnail, 1 + int(axis))
        gain = np.exp(random.normal(0, 0.25, (RENDERED, 1, 1, 3)))
        sky = random.normal(0, 1.5, (RENDERED, 1, 1, 3))
        noise = random.normal(0, 0.6, thumbnail.shape)
        found[start : start + RENDERED] = np.rint(np.clip((thumbnail - 30) * gain + 30 + sky + noise, 0, 255))
    return np.asarray(random.permutation(found)[:count])


def main() -> None:
    """Search sets of several sizes and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts", type=int, nargs="+", default=[17_736, 50_000, 100_000, 200_000])
    counts = sorted(parser.parse_args().counts)
    pictures = thumbnails(counts[-1])
    for count in counts:
        start = time.process_time()
        pairs = near_identical_pairs(pictures[:count])
        seconds = time.process_time() - start
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(f"{count} pictures: {seconds:.2f} s, {len(pairs)} pairs, {memory} MiB", flush=True)


if __name__ == "__main__":
    main()
