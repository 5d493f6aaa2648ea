"""Encodes images as data URIs, so that the page is one file.

Letters: s pixels on a side, h x w attention patches.
"""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Black, purple, red, orange, pale yellow: lightness rises, so the scale can be read without colour vision and in print.
_HEAT = np.array([[4, 4, 20], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]], dtype=np.float64)


def galaxy_uri(image: NDArray[np.uint8], *, size: int = 256) -> str:
    """Return a galaxy (s, s, 3) as WebP, reduced to at most `size` pixels on a side and never enlarged."""
    picture = Image.fromarray(image)
    if picture.width > size:
        picture = picture.resize((size, size), Image.Resampling.BOX)
    return _uri(picture, quality=88)


def attention_uri(attention: NDArray[np.floating]) -> str:
    """Return a map (h, w) as lossless WebP of one pixel a patch, its smallest value black and its largest yellow."""
    low, high = float(attention.min()), float(attention.max())
    level = (attention.astype(np.float64) - low) / (high - low) if high > low else np.zeros(attention.shape)
    stops = np.linspace(0, 1, len(_HEAT))
    colours = np.stack([np.interp(level, stops, _HEAT[:, channel]) for channel in range(3)], axis=-1)
    return _uri(Image.fromarray(colours.round().astype(np.uint8)), lossless=True)


def _uri(picture: Image.Image, *, quality: int = 80, lossless: bool = False) -> str:
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=quality, lossless=lossless, method=4)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode()
