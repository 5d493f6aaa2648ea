"""Rendered galaxies over real ones, class by class, as one PNG to look at.

    python -m benchmarks.contact_sheet --real galaxy10.h5 --output sheet.png --columns 8

For each class one row of rendered galaxies and below it one of real ones from a file in Galaxy10's layout; without
`--real` only the rendered ones.
"""

import argparse
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

from galaxy.classes import GALAXY10_CLASSES
from galaxy.rendered.draw import draw


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, required=True, help="PNG to write")
    parser.add_argument("--real", type=Path, help="HDF5 file in Galaxy10's layout with images of 256 pixels")
    parser.add_argument("--columns", type=int, default=8, help="galaxies per row")
    parser.add_argument("--seed", type=int, default=0, help="of the rendered ones")
    parser.add_argument("--classes", type=int, nargs="*", default=range(len(GALAXY10_CLASSES)), help="labels to show")
    arguments = parser.parse_args()
    rows = []
    for label in arguments.classes:
        first = label * arguments.columns
        drawn = [draw(label, first + i, size=256, seed=arguments.seed).image for i in range(arguments.columns)]
        rows.append(np.concatenate(drawn, axis=1))
        if arguments.real is not None:
            rows.append(np.concatenate(_real(arguments.real, label, arguments.columns), axis=1))
    Image.fromarray(np.concatenate(rows)).save(arguments.output)


def _real(path: Path, label: int, columns: int) -> list[np.ndarray]:
    with h5py.File(path) as file:
        chosen = np.flatnonzero(file["ans"][:] == label)[:columns]
        images = [file["images"][row] for row in chosen]
    return images + [np.zeros((256, 256, 3), np.uint8)] * (columns - len(images))


if __name__ == "__main__":
    main()
