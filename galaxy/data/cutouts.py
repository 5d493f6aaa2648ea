"""Finds unusable cut-outs: blank, saturated, or cut off by the edge of the survey."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

BLANK_RANGE = 2
"""An image is blank when its darkest and brightest values are at most this many levels apart."""

SATURATED_SHARE = 0.01
"""An image is saturated when at least this share of its pixels is 255 in all three channels."""


@dataclass
class CutoutProblems:
    """Collects the rows of unusable cut-outs, block by block.

    An image is truncated when all pixels along one of its edges have the same colour, as where a cut-out reaches beyond
    the observed field; noise prevents that elsewhere. A blank image is not counted as truncated.
    """

    blank: list[int] = field(default_factory=list)
    saturated: list[int] = field(default_factory=list)
    truncated: list[int] = field(default_factory=list)
    darkest: int = 255
    brightest: int = 0

    def add(self, start: int, images: NDArray[np.uint8]) -> None:
        """Examine (n, S, S, 3) uint8 images of the rows from `start` on."""
        flat = images.reshape(len(images), -1)
        low, high = flat.min(axis=1), flat.max(axis=1)
        self.darkest = min(self.darkest, int(low.min()))
        self.brightest = max(self.brightest, int(high.max()))
        blank = high - low <= BLANK_RANGE
        lines = (images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1])
        truncated = ~blank & np.any([(line == line[:, :1]).all(axis=(1, 2)) for line in lines], axis=0)
        white = [row for row in np.flatnonzero(high == np.uint8(255)) if _white_share(images[row]) >= SATURATED_SHARE]
        self.blank.extend((start + np.flatnonzero(blank)).tolist())
        self.truncated.extend((start + np.flatnonzero(truncated)).tolist())
        self.saturated.extend(start + int(row) for row in white)


def _white_share(image: NDArray[np.uint8]) -> float:
    full = image == np.uint8(255)
    # Counting values of 255 is quick and gives an upper limit of the number of pixels that are 255 in all channels.
    bound = np.count_nonzero(full) / full.size
    return bound if bound < SATURATED_SHARE else float(full.all(axis=2).mean())
