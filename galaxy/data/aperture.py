"""Measures the size of a galaxy in its picture, and cuts pictures to the same multiple of that size.

B is the number of images; s is the width and height of an image in pixels, and S that of a cut-out.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import Tensor
from torch.nn import functional

_BORDER = 1 / 32  # share of the side, at each edge, in which the sky is measured
_SIGMAS = 3.0  # standard deviations above the sky from which a pixel belongs to the galaxy
_LEAST = 0.5  # in levels of 255: added to the noise, which is 0 in pictures whose sky is constant
_CENTRE = 1 / 64  # share of the side, on each side of the middle, in which the galaxy is searched


def aperture_radii(images: NDArray[np.uint8], *, light: float = 0.9) -> NDArray[np.float64]:
    """Measure the radius around the middle of a picture that holds a share of the light of the galaxy there.

    The galaxy is the connected region above the sky's noise that covers most of the centre, in the mean of the three
    colours smoothed over 3 x 3 pixels. Sky and noise are the median and the scaled median deviation of the border.

    Args:
        images: (B, s, s, 3) pictures with the galaxy in the middle.
        light: Share of the light above the sky, in (0, 1].

    Returns:
        (B,) radii in pixels, at least 1; NaN where nothing in the middle is above the sky.
    """
    return np.array([_radius(image, light) for image in images], dtype=np.float64)


def find_galaxy(image: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Find the galaxy in the middle of a picture (s, s, 3).

    Returns:
        (s, s) light above the sky, and (s, s) whether a pixel belongs to the galaxy: nowhere if nothing in the middle
        is above the sky.
    """
    grey = ndimage.uniform_filter(image.mean(axis=2), 3)
    border = np.ones(grey.shape, dtype=bool)
    edge, reach = (max(1, round(part * len(grey))) for part in (_BORDER, _CENTRE))
    border[edge:-edge, edge:-edge] = False
    sky = float(np.median(grey[border]))
    noise = 1.4826 * float(np.median(np.abs(grey[border] - sky))) + _LEAST
    regions, _ = ndimage.label(grey > sky + _SIGMAS * noise)
    middle = len(grey) // 2
    centre = regions[middle - reach : middle + reach, middle - reach : middle + reach]
    if not centre.any():
        return grey - sky, np.zeros(grey.shape, dtype=bool)
    return grey - sky, regions == np.bincount(centre[centre > 0]).argmax()


def _radius(image: NDArray[np.uint8], light: float) -> float:
    grey, galaxy = find_galaxy(image)
    if not galaxy.any():
        return float("nan")
    row, column = np.nonzero(galaxy)
    distance = np.hypot(row - (len(grey) - 1) / 2, column - (len(grey) - 1) / 2)
    order = np.argsort(distance, kind="stable")
    flux = np.cumsum(grey[row, column][order])
    return max(1.0, float(distance[order][np.searchsorted(flux, light * flux[-1])]))


def cut_to_size(images: Tensor, radii: NDArray[np.float64], *, factor: float, size: int) -> Tensor:
    """Cut the centre of each picture to a multiple of its galaxy's radius, and resample all to one size.

    Args:
        images: (B, 3, s, s) floats in [0, 1].
        radii: (B,) from `aperture_radii`; a picture with NaN is taken whole.
        factor: Width of the cut-out in radii. Widths below s / 4 or above s pixels are set to these limits.
        size: Width and height in pixels, S.

    Returns:
        (B, 3, S, S) floats in [0, 1], resampled with an antialiased bicubic kernel.
    """
    side = images.shape[-1]
    wanted = np.where(np.isnan(radii), side, np.nan_to_num(radii) * factor)
    sides = np.clip(np.round(wanted / 2) * 2, side // 4, side).astype(int)
    cut = []
    for image, width in zip(images, sides.tolist(), strict=True):
        start = (side - width) // 2
        part = image[None, :, start : start + width, start : start + width]
        cut.append(functional.interpolate(part, size=(size, size), mode="bicubic", antialias=True).clamp(0, 1))
    return torch.cat(cut)
