"""The array on which a scene is drawn before it is blurred."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.fft

from galaxy.rendered.survey import PIXEL_SCALE, pixel_scale

MARGIN = 1.8
"""Width of the margin in arcsec that is drawn outside each edge of the picture.

Light from the margin is blurred into the picture, and the Fourier transform, which is periodic, does not blur in light
from the opposite edge."""


STRIP = 24
"""Number of rows of a window; intermediate arrays of this size fit into a core's cache, which halves the time."""


@dataclass(frozen=True)
class Window:
    """A rectangle of the canvas with the coordinates of its pixels relative to an object, in arcsec."""

    flux: np.ndarray
    """(3, h, w) float32 view of the canvas; light that is added to it is added to the canvas."""
    x: np.ndarray
    """(1, w) float32, increasing to the right."""
    y: np.ndarray
    """(h, 1) float32, increasing downwards."""


class Canvas:
    """Surface brightness in nanomaggies per native pixel (0.262 arcsec), bands g, r, z.

    Attributes:
        flux: (3, H, H) float32; H is larger than `size`, and a length for which the Fourier transform is fast.
        scale: Arcsec per pixel.

    Args:
        size: Width and height of the picture in pixels.
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self.scale = pixel_scale(size)
        margin = int(np.ceil(MARGIN / self.scale))
        # The Fourier transform is fastest for multiples of eight.
        extent = 8 * scipy.fft.next_fast_len(-(-(size + 2 * margin) // 8), real=True)
        self._offset = (extent - size) // 2
        self._axis = ((np.arange(extent) - self._offset + 0.5) * self.scale - size * self.scale / 2).astype(np.float32)
        self.flux = np.zeros((3, extent, extent), np.float32)

    def windows(self, x: float, y: float, radius: float) -> Iterator[Window]:
        """Yield strips of the part of the canvas within `radius` arcsec of (x, y); nothing if that is outside."""
        columns = self._span(x, radius)
        rows = self._span(y, radius)
        if columns.start >= columns.stop:
            return
        dx = self._axis[columns] - np.float32(x)
        for start in range(rows.start, rows.stop, STRIP):
            strip = slice(start, min(start + STRIP, rows.stop))
            dy = self._axis[strip] - np.float32(y)
            yield Window(self.flux[:, strip, columns], dx[None, :], dy[:, None])

    def add_points(self, x: np.ndarray, y: np.ndarray, flux: np.ndarray) -> None:
        """Add point sources, each divided between the four nearest pixels.

        Args:
            x: (n,) position in arcsec.
            y: (n,) position in arcsec.
            flux: (n, 3) nanomaggies.
        """
        column, row = (np.stack([x, y]) - self._axis[0]) / self.scale
        extent = self.flux.shape[1]
        inside = (column >= 0) & (row >= 0) & (column < extent - 1) & (row < extent - 1)
        column, row = column[inside], row[inside]
        # Nanomaggies per pixel of this canvas become nanomaggies per native pixel.
        amount = (flux[inside] * (PIXEL_SCALE / self.scale) ** 2).astype(np.float32)
        left, top = column.astype(np.intp), row.astype(np.intp)
        right_share, bottom_share = column - left, row - top
        plane = self.flux.reshape(3, -1)
        for down, right, share in (
            (0, 0, (1 - bottom_share) * (1 - right_share)),
            (0, 1, (1 - bottom_share) * right_share),
            (1, 0, bottom_share * (1 - right_share)),
            (1, 1, bottom_share * right_share),
        ):
            where = (top + down) * extent + left + right
            for band in range(3):
                np.add.at(plane[band], where, amount[:, band] * share.astype(np.float32))

    def nearest(self, position: np.ndarray) -> np.ndarray:
        """Return the index of the pixel nearest to each position in arcsec; it may be outside the canvas."""
        return np.asarray(np.rint((position - self._axis[0]) / self.scale), np.intp)

    def coordinate(self, index: np.ndarray) -> np.ndarray:
        """Return the position of pixel `index` along an axis in arcsec."""
        return np.asarray(self._axis[0] + index * self.scale)

    def add_stamps(self, rows: np.ndarray, columns: np.ndarray, light: np.ndarray, flux: np.ndarray) -> None:
        """Add small images (stamps); their parts outside the canvas are cut off.

        Args:
            rows: (n, h) rows of the canvas.
            columns: (n, w) columns of the canvas.
            light: (n, h, w) stamps, each with the sum 1.
            flux: (n, 3) nanomaggies by which the stamps are multiplied.
        """
        extent = self.flux.shape[1]
        inside = ((rows >= 0) & (rows < extent))[:, :, None] & ((columns >= 0) & (columns < extent))[:, None, :]
        where = (rows[:, :, None] * extent + columns[:, None, :])[inside]
        amount = (flux * (PIXEL_SCALE / self.scale) ** 2).astype(np.float32)
        plane = self.flux.reshape(3, -1)
        for band in range(3):
            np.add.at(plane[band], where, (light * amount[:, band, None, None])[inside])

    def crop(self, flux: np.ndarray) -> np.ndarray:
        """Return the part (3, size, size) of an array of the canvas's shape that the picture shows."""
        inner = slice(self._offset, self._offset + self.size)
        return flux[:, inner, inner]

    def _span(self, centre: float, radius: float) -> slice:
        first, last = np.searchsorted(self._axis, (centre - radius, centre + radius))
        return slice(int(first), int(last))
