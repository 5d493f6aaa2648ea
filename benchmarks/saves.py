"""How long saving the state of a training stops it, beside the time that a thread needs to write the state.

    python -m benchmarks.saves

prints both for a state as large as that of the stock VGG11: its weights, those of the best epoch, and both moments of
AdamW.
"""

import argparse
import tempfile
import time
from pathlib import Path

import torch

from galaxy.training.checkpoint import CheckpointFolder

_PARTS = 4  # weights, weights of the best epoch, and both moments


def main() -> None:
    """Save once and print both times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parameters", type=float, default=128.8, help="millions")
    parser.add_argument("--folder", type=Path, help="folder on the disk to measure; default: that of temporary files")
    given = parser.parse_args()
    count = round(given.parameters * 1e6)
    tensors = {str(number): torch.randn(count) for number in range(_PARTS)}
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        checkpoints = CheckpointFolder(Path(folder))
        started = time.perf_counter()
        checkpoints.save(tensors, {})
        stopped = time.perf_counter() - started
        checkpoints.wait()
        written = time.perf_counter() - started
    print(f"{_PARTS * count * 4 / 1e9:.2f} GB: training stops for {stopped:.2f} s; written after {written:.2f} s")


if __name__ == "__main__":
    main()
