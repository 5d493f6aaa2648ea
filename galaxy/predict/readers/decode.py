"""Decodes JPEG, PNG and TIFF of any kind to what the networks take: red, green and blue of 8 bits."""

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from galaxy.predict.picture import Picture
from galaxy.predict.picture_checks import is_grey
from galaxy.stand_in import stand_in

ENDINGS = (".jpg", ".jpeg", ".png", ".tif", ".tiff")
FORMATS = ("JPEG", "PNG", "TIFF")

_STARTS = (b"\xff\xd8\xff", b"\x89PNG", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
"""First bytes of JPEG, PNG, TIFF and BigTIFF."""

MAX_PIXELS = 64_000_000
"""A picture of more pixels is not decoded: a file of a few bytes can declare gigabytes."""

MAX_BYTES = 512 << 20
"""Largest size of an encoded picture that is read."""


TOO_LARGE = f"larger than {MAX_BYTES >> 20} MiB"
"""The reason why a larger one is not read."""


def decode(picture: Picture, content: bytes) -> Picture:
    """Decode an encoded picture into `picture`, and return it.

    Grey pictures get three equal channels, 16 bits are scaled to 8, palettes, CMYK and YCbCr are converted,
    transparency is laid over black, and a rotation that EXIF asks for is carried out. What cannot be decoded leaves
    a reason in place of the image.

    Args:
        picture: The picture, complete except for its image.
        content: The file's bytes.

    Example:
        >>> stream = io.BytesIO()
        >>> Image.new("L", (8, 8), 128).save(stream, "PNG")
        >>> found = decode(Picture("m31.png"), stream.getvalue())
        >>> found.image.shape, found.checks
        ((8, 8, 3), ['grey'])
    """
    try:
        with warnings.catch_warnings(action="ignore"), Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            width, height = opened.size
            frames = getattr(opened, "n_frames", 1)
            if width * height > MAX_PIXELS:
                picture.reason = f"the image has {width} x {height} pixels; at most {MAX_PIXELS} pixels are decoded"
            elif frames > 1 and opened.format != "MPO":
                picture.reason = f"the file contains {frames} frames; it must contain a single picture"
            else:
                picture.image, checks, picture.reason = colour_pixels(opened)
                picture.checks += checks
    except UnidentifiedImageError:
        picture.reason = _unidentified(content)
    except Image.DecompressionBombError:
        picture.reason = f"the image has too many pixels; at most {MAX_PIXELS} pixels are decoded"
    except Exception as error:  # noqa: BLE001 -- Pillow's decoders raise anything for a damaged file
        picture.reason = f"damaged ({' '.join(str(error).split())[:100]})"
    return picture


def _unidentified(content: bytes) -> str:
    """Return the reason why Pillow finds no picture."""
    if not content:
        return "an empty file"
    if content.startswith(_STARTS):
        return (
            "damaged, or a kind of JPEG, PNG or TIFF that cannot be decoded; the pixels must be whole numbers of 8 or "
            "16 bits a channel"
        )
    return stand_in(content[:200]) or "not a JPEG, PNG or TIFF picture"


def colour_pixels(image: Image.Image) -> tuple[NDArray[np.uint8] | None, list[str], str]:
    """Return the (H, W, 3) pixels of an opened picture of any mode, its checks, and the reason if it has no pixels."""
    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F"):
        return None, [], "the pixels have 32 bits or a sign; they must be whole numbers of 8 or 16 bits a channel"
    checks: list[str] = []
    if image.mode.startswith("I;16"):
        wide = np.asarray(image).astype(np.uint32)
        grey = ((wide + 128) // 257).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2), ["grey"], ""
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        whole = image.convert("RGBA")
        if np.asarray(whole)[:, :, 3].min() < 255:
            checks.append("transparent")
        image = Image.alpha_composite(Image.new("RGBA", whole.size, (0, 0, 0, 255)), whole)
    pixels = np.array(image.convert("RGB"))
    if is_grey(pixels):
        checks.append("grey")
    return pixels, checks, ""
