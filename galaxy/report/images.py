"""Pictures as data URIs, which keep the page in one file.

Letters: s pixels on a side, h x w attention patches.
"""

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

# Black, purple, red, orange, pale yellow: rising lightness, so that it reads without colour vision and in print.
_HEAT = np.array([[4, 4, 20], [87, 16, 110], [188, 55, 84], [249, 142, 9], [252, 255, 164]], dtype=np.float64)


def galaxy_uri(image: NDArray[np.uint8], *, size: int = 96) -> str:
    """Return a galaxy (s, s, 3) as WebP, reduced to at most `size` pixels on a side."""
    picture = Image.fromarray(image)
    if picture.width > size:
        picture = picture.resize((size, size), Image.Resampling.BOX)
    return _uri(picture)


def attention_uri(attention: NDArray[np.floating], *, size: int = 96) -> str:
    """A map (h, w) of any scale as WebP of `size` pixels on a side, smallest value black and largest yellow."""
    low, high = float(attention.min()), float(attention.max())
    level = (attention - low) / (high - low) if high > low else np.zeros(attention.shape)
    smooth = Image.fromarray(level.astype(np.float32)).resize((size, size), Image.Resampling.BICUBIC)
    values = np.clip(np.asarray(smooth, dtype=np.float64), 0, 1)
    stops = np.linspace(0, 1, len(_HEAT))
    colours = np.stack([np.interp(values, stops, _HEAT[:, channel]) for channel in range(3)], axis=-1)
    return _uri(Image.fromarray(colours.round().astype(np.uint8)))


def _uri(picture: Image.Image) -> str:
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=88, method=4)
    return "data:image/webp;base64," + base64.b64encode(stream.getvalue()).decode()
