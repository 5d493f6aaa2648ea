"""Finds copies of pictures that were turned by any angle, mirrored, shifted, zoomed or saved again.

Each picture is compared in what is left of it after smooth light is taken away: spiral arms, neighbours, and the noise
of the exposure, which no other picture has. The magnitude of its Fourier transform does not change with a shift, and
in polar coordinates a turn shifts it along the angle and a zoom along the logarithm of the frequency (B. S. Reddy and
B. N. Chatterji, IEEE Transactions on Image Processing 5, 1266, 1996). The magnitude of a second transform along the
angle therefore is nearly the same for all copies, and a search tree over it finds candidates. A candidate is a copy if
the two pictures, laid over each other by the turn, zoom and shift that fit best, correlate.
"""

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.linalg import eigh
from scipy.ndimage import gaussian_filter, map_coordinates
from scipy.spatial import cKDTree

from galaxy.data.resample import AreaResampler

SIDE = 64
"""Pixels on a side to which larger pictures are averaged."""

SMALLEST = 32
"""Pixels on a side below which a picture has too little detail."""

SAME = 0.85
"""Smallest correlation of the details of two copies. Copies of Legacy Survey pictures that were turned by 15 or 45
degrees, zoomed by up to 1.14, shifted by up to 16 of 256 pixels or saved as JPEG of quality 50 reach 0.94 or more,
those of quality 20 0.88. The two most similar of 550 different ones reach 0.81, and of 1,517 SDSS galaxies 0.76; they
are seen edge-on."""

_FINEST, _COARSEST = 0.6, 2.0  # pixels, deviations of Gaussian filters
_CLIP = 4.0  # in deviations of the details, so that a bright centre does not outweigh the rest
_LEVELS = 31  # of int8 in one deviation
_ANGLES, _RADII = 128, 48
_STEP = float(np.log(12.8) / (_RADII - 1))  # of the logarithm of the radius, from 1/16 to 0.8 of the side
_ORDERS = 16  # Fourier components along the angle
_DIMENSIONS = 32
_NEIGHBOURS = 5
_ZOOM = 6  # largest shift along the radii, a zoom of 1.4
_OVERLAP = 0.5  # smallest share of a picture on which two are compared
_BLOCK = 256
_SAMPLE = 4096


class Details:
    """Collects the details of N pictures of `size` pixels, block by block.

    `detail` (N, t, t) int8 is a picture without its smooth light, in units of its own noise, with t the smaller of
    `size` and `SIDE`; `descriptor` (N, d) float32 is nearly the same for all copies.
    """

    def __init__(self, count: int, *, size: int) -> None:
        self._resample = AreaResampler(source=size, crop=None, size=min(size, SIDE))
        side = self._resample.size
        self.detail = np.zeros((count, side, side), dtype=np.int8)
        self.descriptor = np.zeros((count, _ORDERS * _RADII // 2), dtype=np.float32)

    def add(self, start: int, images: NDArray[np.uint8]) -> None:
        """Add the images (n, S, S, 3) of the rows from `start` on."""
        for first in range(0, len(images), _BLOCK):
            detail = _detail(self._resample(images[first : first + _BLOCK]))
            rows = slice(start + first, start + first + len(detail))
            self.detail[rows] = detail
            self.descriptor[rows] = _descriptor(_spectrum(detail))


def moved_pairs(details: Details, rows: NDArray[np.int64], training: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Find copies of the pictures that are not trained on.

    Each of them is compared with the five training pictures and the five others whose descriptors are most similar.

    Args:
        details: Details of all pictures.
        rows: (N,) rows of `details` that are compared; a row may stand there several times.
        training: (N,) whether a picture is trained on.

    Returns:
        (P, 2) positions in `rows`, the smaller one first, in sorted order, without those of the same row.
    """
    points, queries = _project(details.descriptor[rows]), np.flatnonzero(~training)
    found = [np.empty((0, 2), dtype=np.int64)]
    for others in (np.flatnonzero(training), queries):
        count = min(_NEIGHBOURS + 1, len(others))  # one may be the picture itself
        if count and len(queries):
            near = cKDTree(points[others]).query(points[queries], k=count, workers=-1)[1].reshape(-1)
            found.append(np.stack([np.repeat(queries, count), others[near]], axis=1))
    pairs = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
    pairs = pairs[rows[pairs[:, 0]] != rows[pairs[:, 1]]]
    keep = np.zeros(len(pairs), dtype=bool)
    for start in range(0, len(pairs), _BLOCK):
        first, second = rows[pairs[start : start + _BLOCK]].T
        keep[start : start + _BLOCK] = best_correlation(details.detail[first], details.detail[second]) >= SAME
    return np.asarray(pairs[keep], dtype=np.int64)


def best_correlation(first: NDArray[np.int8], second: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return the (n,) correlations of two times n details (n, t, t) at the turn, zoom and shift that fit best."""
    mine, theirs = _spectrum(first), _spectrum(second)
    fits = [_turn_and_zoom(mine, theirs), _turn_and_zoom(mine, theirs[:, -np.arange(_ANGLES) % _ANGLES])]
    mirrored = fits[1][2] > fits[0][2]
    turn, zoom = (np.where(mirrored, fits[1][part], fits[0][part]) for part in (0, 1))
    second = np.where(mirrored[:, None, None], second[:, :, ::-1], second)
    # The spectrum is the same after half a turn.
    both = [_correlation(first, *_moved(second, turn + half, zoom)) for half in (0.0, np.pi)]
    return np.maximum(*both)


def _detail(images: NDArray[np.uint8]) -> NDArray[np.int8]:
    """Take smooth light away from (n, t, t, 3) pictures and divide by the noise."""
    grey = images.astype(np.float32).mean(axis=3)
    fine = gaussian_filter(grey, (0, _FINEST, _FINEST)) - gaussian_filter(grey, (0, _COARSEST, _COARSEST))
    circle = _from_centre(grey.shape[1]) <= grey.shape[1] / 2 - 1  # what a turned copy keeps
    noise = 1.4826 * np.median(np.abs(fine[:, circle]), axis=1)[:, None, None] + 1e-3
    return np.asarray(np.rint(np.clip(fine / noise, -_CLIP, _CLIP) * _LEVELS), dtype=np.int8)


def _spectrum(detail: NDArray[np.int8]) -> NDArray[np.float32]:
    """Return the logarithms of the amplitudes (n, _ANGLES, _RADII) in polar coordinates, over half a turn."""
    side = detail.shape[1]
    window = 0.5 - 0.5 * np.cos(np.pi * np.clip((side / 2 - _from_centre(side)) / (side / 8), 0, 1))
    amplitude = np.abs(scipy.fft.fft2((detail * window).astype(np.float32), s=(2 * side, 2 * side)))
    amplitude = np.fft.fftshift(np.log1p(amplitude / _LEVELS), axes=(1, 2))
    angle = np.arange(_ANGLES)[:, None] * np.pi / _ANGLES
    radius = np.exp(np.arange(_RADII) * _STEP + np.log(side / 16))
    place = (side + radius * np.sin(angle), side + radius * np.cos(angle))
    polar = np.stack([map_coordinates(one, place, order=1) for one in amplitude])
    polar -= polar.mean(axis=1, keepdims=True)  # what all pictures have in common
    return polar.astype(np.float32)


def _descriptor(polar: NDArray[np.float32]) -> NDArray[np.float32]:
    wide = polar.reshape(len(polar), _ANGLES, _RADII // 2, 2).mean(axis=3)
    orders = np.abs(scipy.fft.rfft(wide, axis=1))[:, 1 : _ORDERS + 1]
    vector = gaussian_filter(orders, (0, 0, 1.5)).reshape(len(polar), -1)
    return np.asarray(vector / (np.linalg.norm(vector, axis=1, keepdims=True) + 1e-6), dtype=np.float32)


def _project(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the first principal components of vectors (N, d), by a sample of them."""
    sample = vectors[:: -(-len(vectors) // _SAMPLE)].astype(np.float64)
    mean, size = sample.mean(axis=0), sample.shape[1]
    _, axes = eigh((sample - mean).T @ (sample - mean), subset_by_index=(size - _DIMENSIONS, size - 1))
    return np.asarray((vectors - mean) @ axes, dtype=np.float64)


def _turn_and_zoom(
    first: NDArray[np.float32], second: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32]]:
    """Return the (n,) turns in radians and zooms by which the second picture fits the first, and how well it fits."""
    shape = (_ANGLES, 2 * _RADII)  # cyclic along the angle, padded along the radius
    product = scipy.fft.rfft2(first, s=shape) * scipy.fft.rfft2(second, s=shape).conj()
    fit = np.roll(scipy.fft.irfft2(product, s=shape), _ZOOM + 1, axis=2)[:, :, : 2 * _ZOOM + 3]
    inner = fit[:, :, 1:-1].reshape(len(fit), -1).argmax(axis=1)
    angle, radius = inner // (2 * _ZOOM + 1), inner % (2 * _ZOOM + 1) + 1
    each = np.arange(len(fit))
    around = [fit[each, (angle + step) % _ANGLES, radius] for step in (-1, 0, 1)]
    along = [fit[each, angle, radius + step] for step in (-1, 0, 1)]
    turn = (angle + _vertex(*around)) * np.pi / _ANGLES
    zoom = (radius - 1 - _ZOOM + _vertex(*along)) * _STEP
    return turn, np.exp(-zoom), around[1]


def _vertex(before: NDArray[np.float32], at: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the place of the maximum of a parabola through three values, in steps from the middle one."""
    bend = 2.0 * at.astype(np.float64) - before - after
    return np.where(bend > 0, np.clip((after - before) / (2 * np.where(bend > 0, bend, 1)), -0.5, 0.5), 0.0)


def _moved(
    detail: NDArray[np.int8], turn: NDArray[np.float64], zoom: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Turn and zoom details about the centre; return them and the (n, t, t) mask of the pixels that they have."""
    side = detail.shape[1]
    centre = (side - 1) / 2
    y, x = np.mgrid[:side, :side] - centre
    moved, mask = np.zeros((2, *detail.shape), dtype=np.float32)
    for row, (one, angle, scale) in enumerate(zip(detail, turn, zoom, strict=True)):
        cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
        place = (cos * y - sin * x, sin * y + cos * x)
        moved[row] = map_coordinates(one.astype(np.float32), (place[0] + centre, place[1] + centre), order=1)
        mask[row] = np.hypot(*place) <= side / 2 - 1
    return moved, mask


def _correlation(first: NDArray[np.int8], moved: NDArray[np.float32], mask: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the largest correlation of each pair over all shifts at which enough of both is seen."""
    side = first.shape[1]
    circle = (_from_centre(side) <= side / 2 - 1).astype(np.float32)
    reach = side // 4
    shape = (side + reach, side + reach)  # so that shifts up to `reach` do not meet around the corner
    here = [scipy.fft.rfft2(part, s=shape) for part in (first * circle, first.astype(np.float32) ** 2 * circle, circle)]
    there = [scipy.fft.rfft2(part, s=shape).conj() for part in (moved * mask, moved**2 * mask, mask)]
    product, mine, theirs, both = (
        scipy.fft.irfft2(a * b, s=shape)
        for a, b in ((here[0], there[0]), (here[1], there[2]), (here[2], there[1]), (here[2], there[2]))
    )
    near = np.abs(np.fft.fftfreq(side + reach, 1 / (side + reach))) <= reach
    seen = (both >= _OVERLAP * circle.sum()) & near[:, None] & near
    scale = np.sqrt(np.maximum(mine, 0) * np.maximum(theirs, 0))
    value = np.where(seen & (scale > 1), product / np.maximum(scale, 1), -1.0)
    return np.asarray(value.max(axis=(1, 2)), dtype=np.float64)


def _from_centre(side: int) -> NDArray[np.float64]:
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    return np.asarray(np.hypot(y, x), dtype=np.float64)
