"""Encodes images as data URIs, so that the page needs no other files.

In the shapes, s is the width of an image in pixels, and h and w are the numbers of attention patches.
"""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Black, purple, red, orange, pale yellow; the lightness increases, so that the scale can be read without colours.
_HEAT = np.array([[4, 4, 20], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]], dtype=np.float64)


def galaxy_uri(image: NDArray[np.uint8], *, size: int = 256) -> str:
    """Encode an image (s, s, 3) as WebP; images wider than `size` pixels are reduced to that width."""
    picture = Image.fromarray(image)
    if picture.width > size:
        picture = picture.resize((size, size), Image.Resampling.BOX)
    return _uri(picture, quality=88)


def attention_uri(attention: NDArray[np.floating]) -> str:
    """Encode an attention map (h, w) as lossless WebP with one pixel per patch, from black (smallest) to yellow."""
    low, high = float(attention.min()), float(attention.max())
    level = (attention.astype(np.float64) - low) / (high - low) if high > low else np.zeros(attention.shape)
    stops = np.linspace(0, 1, len(_HEAT))
    colours = np.stack([np.interp(level, stops, _HEAT[:, channel]) for channel in range(3)], axis=-1)
    return _uri(Image.fromarray(colours.round().astype(np.uint8)), lossless=True)


def _uri(picture: Image.Image, *, quality: int = 80, lossless: bool = False) -> str:
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=quality, lossless=lossless, method=4)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode()
