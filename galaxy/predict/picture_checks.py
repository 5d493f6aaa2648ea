"""Simple checks of a picture without a network, for defects that a person would see at once."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from galaxy.data.cutouts import CutoutProblems

NO_SOURCE = "no source in the middle"
SATURATED = "saturated"
MASKED = "masked"
OTHER_SCALE = "other pixel scale"
NO_ANGLE = "position cannot be read"

SCALE_TOLERANCE = 0.1
"""Relative difference of pixel scales above which a picture is reported to have another one."""

_MIDDLE = 0.125
"""Radius of the disc in which a source is looked for, in sides of the picture."""

_BORDER = 0.45
"""Distance from the centre beyond which pixels show the sky, in sides of the picture."""

_MARGIN = 3.0
"""How far the disc's mean has to lie above the border's median, in standard errors of pixel noise there."""

_LEVELS = np.arange(3 * 255 + 1, dtype=np.float64)
"""Sums of the three channels."""


def check_image(image: NDArray[np.uint8]) -> list[str]:
    """Name what is unusual about a picture.

    Args:
        image: (S, S, 3) uint8.

    Returns:
        Some of `NO_SOURCE` (the middle is not brighter than the border), `SATURATED` (a hundredth of the pixels is
        white) and `MASKED` (blank, or an outermost line of one colour, as at the edge of a survey).

    Example:
        >>> check_image(np.zeros((64, 64, 3), dtype=np.uint8))
        ['masked', 'no source in the middle']
    """
    problems = CutoutProblems()
    problems.add(0, image[None])
    found = [MASKED] if problems.blank or problems.truncated else []
    if problems.saturated:
        found.append(SATURATED)
    if not _has_source(image):
        found.append(NO_SOURCE)
    return found


def is_grey(image: NDArray[np.uint8]) -> bool:
    """Return whether the three channels of an (H, W, 3) image are equal everywhere."""
    red, green, blue = image[:, :, 0], image[:, :, 1], image[:, :, 2]
    return np.array_equal(red, green) and np.array_equal(green, blue)


def _has_source(image: NDArray[np.uint8]) -> bool:
    light = image[:, :, 0].astype(np.uint16) + image[:, :, 1] + image[:, :, 2]  # three times the mean of the channels
    middle, border = _regions(len(light))
    inside, outside = light.ravel()[middle], light.ravel()[border]
    counts = np.bincount(outside, minlength=len(_LEVELS))
    sky = _median(_LEVELS, counts)
    noise = 1.4826 * _median(np.abs(_LEVELS - sky), counts)  # standard deviation of normal noise
    return bool(float(inside.mean()) > sky + max(3.0, _MARGIN * noise / np.sqrt(inside.size)))


def _median(values: NDArray[np.float64], counts: NDArray[np.intp]) -> float:
    """Return the median of values that occur `counts` times each."""
    order = np.argsort(values)
    last = np.cumsum(counts[order])  # position after the last occurrence of each value
    middle = np.searchsorted(last, [(last[-1] - 1) // 2, last[-1] // 2], side="right")
    return float(values[order][middle].mean())


@lru_cache(maxsize=16)
def _regions(size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the positions of the pixels of the central disc and of the border, in an image of this width."""
    away = np.hypot(*(axis - (size - 1) / 2 for axis in np.ogrid[:size, :size])) / size
    return np.flatnonzero(away <= _MIDDLE), np.flatnonzero(away >= _BORDER)
