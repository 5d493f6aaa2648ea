"""Plain checks of a picture, which need no network: what a person would see at a glance."""

import numpy as np
from numpy.typing import NDArray

from galaxy.data.cutouts import CutoutProblems

NO_SOURCE = "no source in the middle"
SATURATED = "saturated"
MASKED = "masked"
OTHER_SCALE = "other pixel scale"

SCALE_TOLERANCE = 0.1
"""Relative difference of pixel scales from which a picture is said to have another one."""

_MIDDLE = 0.125
"""Radius of the disc in which a source is looked for, in sides of the picture."""

_MARGIN = 3.0
"""How far the disc's mean has to lie above the border's median, in standard errors of pixel noise there."""


def check_image(image: NDArray[np.uint8]) -> list[str]:
    """Name what is unusual about a picture.

    Args:
        image: (S, S, 3) uint8.

    Returns:
        Some of `NO_SOURCE` (the middle is not brighter than the border), `SATURATED` (a hundredth of the pixels is
        white) and `MASKED` (blank, or an outermost line of one colour, as at the edge of a survey).
    """
    problems = CutoutProblems()
    problems.add(0, image[None])
    found = [MASKED] if problems.blank or problems.truncated else []
    if problems.saturated:
        found.append(SATURATED)
    if not _has_source(image):
        found.append(NO_SOURCE)
    return found


def _has_source(image: NDArray[np.uint8]) -> bool:
    light = image.astype(np.float32).mean(axis=2)
    size = len(light)
    away = np.hypot(*(axis - (size - 1) / 2 for axis in np.ogrid[:size, :size])) / size
    middle, border = light[away <= _MIDDLE], light[away >= 0.45]
    sky = float(np.median(border))
    noise = 1.4826 * float(np.median(np.abs(border - sky)))  # the deviation of a normal distribution by its median
    return bool(float(middle.mean()) > sky + max(1.0, _MARGIN * noise / np.sqrt(middle.size)))
