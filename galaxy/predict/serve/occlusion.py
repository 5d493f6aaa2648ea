"""Finds the part of a picture that a class depends on: how far its probability falls when the part is covered.

Zeiler and Fergus 2014 (ECCV), with squares of the picture's border colour.
"""

import numpy as np
from numpy.typing import NDArray

from galaxy.predict.row import Row

PATCHES = 8
"""Squares on a side."""


def occlusion_map(row: Row, image: NDArray[np.uint8], *, target: int) -> NDArray[np.float64]:
    """Measure how far the probability of a class falls when one square after the other is covered.

    Args:
        row: The row that classifies.
        image: (S, S, 3) uint8.
        target: The class whose probability is watched.

    Returns:
        (8, 8) falls of the probability; negative where covering a square raises it.
    """
    edges = np.linspace(0, len(image), PATCHES + 1).round().astype(int)
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    colour = np.median(border, axis=0).astype(np.uint8)
    covered = np.repeat(image[None], PATCHES**2, axis=0)
    for number, one in enumerate(covered):
        line, column = divmod(number, PATCHES)
        one[edges[line] : edges[line + 1], edges[column] : edges[column + 1]] = colour
    whole = row.classify(image[None])[0][0, target]
    probability = row.classify(covered)[0][:, target]
    falls: NDArray[np.float64] = (whole - probability).reshape(PATCHES, PATCHES)
    return falls
