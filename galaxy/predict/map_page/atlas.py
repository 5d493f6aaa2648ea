"""One picture that holds the thumbnails of all galaxies of a map, row by row."""

import base64
import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

PIXELS = 24_000_000
"""Largest number of pixels of the whole picture; a browser needs four bytes for each."""
LARGEST, SMALLEST = 96, 12
"""Pixels on a side of a thumbnail."""


class Atlas:
    """Collects the thumbnails of up to N galaxies.

    Args:
        count: N, on which the size of a thumbnail depends, so that the picture stays below `PIXELS`.
        size: Pixels on a side of the images; thumbnails are never larger.

    Attributes:
        tile: Pixels on a side of a thumbnail.
        columns: Thumbnails in a line.
    """

    def __init__(self, count: int, *, size: int) -> None:
        columns = math.ceil(math.sqrt(max(1, count)))
        fits = math.isqrt(PIXELS) // columns
        self.tile = max(SMALLEST, min(fits, LARGEST, size))
        self.columns = columns
        self._tiles: list[NDArray[np.uint8]] = []

    def add(self, image: NDArray[np.uint8]) -> None:
        """Add an image (S, S, 3)."""
        small = Image.fromarray(image).resize((self.tile, self.tile), Image.Resampling.BOX)
        self._tiles.append(np.asarray(small))

    def picture(self) -> Image.Image:
        """Return one picture with all thumbnails."""
        lines = max(1, math.ceil(len(self._tiles) / self.columns))
        whole = np.zeros((lines * self.tile, self.columns * self.tile, 3), dtype=np.uint8)
        for number, tile in enumerate(self._tiles):
            top, left = self.tile * (number // self.columns), self.tile * (number % self.columns)
            whole[top : top + self.tile, left : left + self.tile] = tile
        return Image.fromarray(whole)

    def uri(self) -> str:
        """Return the picture as a WebP data URI."""
        stream = io.BytesIO()
        self.picture().save(stream, "WEBP", quality=82, method=3)
        return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode()
