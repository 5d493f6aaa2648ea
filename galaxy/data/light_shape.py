"""Measures orientation, size, colour, brightness and sharpness of the galaxy in the middle of a picture.

M is the number of galaxies, and s the width and height of a picture in pixels.
"""

import numpy as np
from numpy.typing import NDArray

from galaxy.data.aperture import aperture_radii, find_galaxy

_FEW = 1e-6  # light or power of a galaxy without any, so that ratios are defined


def light_shapes(images: NDArray[np.uint8]) -> dict[str, NDArray[np.float64]]:
    """Measure each galaxy by its own light, as `galaxy.data.aperture` finds it.

    Args:
        images: (M, s, s, 3) pictures with the galaxy in the middle.

    Returns:
        `orientation` (M, 2): cosine and sine of twice the angle of the long axis, times the ellipticity
        (a^2 - b^2) / (a^2 + b^2) of the second moments, so that a round galaxy has none. `size` (M, 1): logarithm of
        the radius of 90 % of the light, in pixels. `colour` (M, 2): logarithms of the ratios of red to green and green
        to blue light. `brightness` (M, 1): logarithm of the mean light above the sky within that radius. `sharpness`
        (M, 1): logarithm of the ratio of fine to coarse structure, see `_sharpness`. A picture without a galaxy has the
        means of the others.
    """
    radii = aperture_radii(images)
    rows = np.array([_shape(image) for image in images], dtype=np.float64)
    found = {
        "orientation": rows[:, :2],
        "size": np.log(radii)[:, None],
        "colour": rows[:, 2:4],
        "brightness": rows[:, 4:5],
        "sharpness": rows[:, 5:],
    }
    return {name: _filled(values) for name, values in found.items()}


def _shape(image: NDArray[np.uint8]) -> list[float]:
    light, galaxy = find_galaxy(image)
    if not galaxy.any():
        return [float("nan")] * 6
    row, column = np.nonzero(galaxy)
    weight = np.maximum(light[row, column], _FEW)
    y, x = row - np.average(row, weights=weight), column - np.average(column, weights=weight)
    xx, yy, xy = (float(np.average(product, weights=weight)) for product in (x * x, y * y, x * y))
    border = np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])
    channels = image[row, column].astype(np.float64) - np.median(border, axis=0)
    red, green, blue = np.maximum(channels.mean(axis=0), 0.5)  # half a level, below which a channel says nothing
    total = max(xx + yy, _FEW)
    return [
        (xx - yy) / total,
        2 * xy / total,
        float(np.log(red / green)),
        float(np.log(green / blue)),
        float(np.log(weight.mean())),
        _sharpness(image.mean(axis=2) - np.median(border)),
    ]


def _sharpness(light: NDArray[np.float64]) -> float:
    """Return the natural logarithm of the power of (s, s) light in waves of 4 to 8 pixels over that in longer waves.

    It is a measure of the seeing, which removes fine structure. The width of the point spread function itself cannot be
    measured, because few pictures have a star and at 64 px it covers 2 to 3 pixels; shorter waves hold mostly noise.
    """
    window = np.hanning(len(light) + 2)[1:-1]
    power = np.square(np.abs(np.fft.fft2(light * window * window[:, None])))
    frequency = np.fft.fftfreq(len(light))
    waves = np.hypot(frequency, frequency[:, None])
    fine, coarse = power[(waves >= 1 / 8) & (waves <= 1 / 4)].sum(), power[waves < 1 / 8].sum()
    return float(np.log(max(fine, _FEW) / max(coarse, _FEW)))


def _filled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = np.asarray(np.isfinite(values).all(axis=1))
    mean = values[known].mean(axis=0) if known.any() else np.zeros(values.shape[1])
    return np.where(known[:, None], values, mean)
