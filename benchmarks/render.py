"""How fast galaxies are rendered, and whether memory stays flat.

    python -m benchmarks.render --count 400 --floor 60

prints galaxies per second and the largest resident memory for two counts, and exits with status 1 below the floor.
Expected on two otherwise idle cores: above 100 galaxies of 256 pixels per second, the same memory for both counts.
"""

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path

from galaxy.rendered.catalogue import render_set


def main() -> None:
    """Render two sets, one four times as large as the other, and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=400, help="galaxies of the large set")
    parser.add_argument("--size", type=int, default=256, help="pixels on a side")
    parser.add_argument("--workers", type=int, default=None, help="processes; default: one per core")
    parser.add_argument("--floor", type=float, default=60.0, help="galaxies per second that must be reached")
    arguments = parser.parse_args()
    rate = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for count in (arguments.count // 4, arguments.count):
            start = time.perf_counter()
            render_set(
                Path(folder) / f"{count}.h5", count=count, size=arguments.size, seed=0, workers=arguments.workers
            )
            rate = count / (time.perf_counter() - start)
            own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
            print(f"{count} galaxies: {rate:.0f}/s, memory {own:.0f} MiB here, {worker:.0f} MiB in a worker")
    if rate < arguments.floor:
        sys.exit(f"{rate:.0f} galaxies per second, below the floor of {arguments.floor:.0f}")


if __name__ == "__main__":
    main()
