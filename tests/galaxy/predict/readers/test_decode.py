import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from galaxy.predict.picture import Picture
from galaxy.predict.readers import decode
from tests.galaxy.predict.rows import galaxies

IMAGE = galaxies(1, size=24)[0]


def encoded(image: Any, form: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, form, **options)
    return buffer.getvalue()


def read(content: bytes) -> Picture:
    return decode.decode(Picture("one"), content)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_lossless_pictures_are_read_as_they_are(form: str) -> None:
    picture = read(encoded(IMAGE, form))
    assert picture.image is not None
    np.testing.assert_array_equal(picture.image, IMAGE)
    assert (picture.reason, picture.checks) == ("", [])


def test_jpegs_are_read_as_pillow_does() -> None:
    content = encoded(IMAGE, "JPEG")
    np.testing.assert_array_equal(read(content).image, np.asarray(Image.open(io.BytesIO(content))))


def test_grey_pictures_get_three_equal_channels() -> None:
    picture = read(encoded(IMAGE[:, :, 0]))
    np.testing.assert_array_equal(picture.image, IMAGE[:, :, :1].repeat(3, axis=2))
    assert picture.checks == ["grey"]


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_to_eight(form: str) -> None:
    wide = IMAGE[:, :, 0].astype(np.uint16) * 257  # 255 becomes 65535
    np.testing.assert_array_equal(read(encoded(wide, form)).image, IMAGE[:, :, :1].repeat(3, axis=2))


@pytest.mark.parametrize("mode", ["P", "CMYK", "1"])
def test_other_modes_are_converted_as_pillow_does(mode: str) -> None:
    image = Image.fromarray(IMAGE).convert(mode)
    np.testing.assert_array_equal(read(encoded(image, "TIFF")).image, np.asarray(image.convert("RGB")))


def test_transparency_is_laid_over_black() -> None:
    alpha = np.full((24, 24, 1), 255, np.uint8)
    opaque = read(encoded(np.concatenate([IMAGE, alpha], axis=2)))
    np.testing.assert_array_equal(opaque.image, IMAGE)
    assert opaque.checks == []
    alpha[:, :12] = 0
    half = read(encoded(np.concatenate([IMAGE, alpha], axis=2)))
    np.testing.assert_array_equal(half.image, np.where(alpha > 0, IMAGE, 0))
    assert half.checks == ["transparent"]


def test_a_rotation_by_exif_is_carried_out() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter clockwise
    np.testing.assert_array_equal(read(encoded(IMAGE, exif=exif)).image, np.rot90(IMAGE, -1))


def test_animations_are_refused() -> None:
    frames = [Image.fromarray(IMAGE), Image.fromarray(IMAGE[::-1].copy())]
    for form in ("PNG", "TIFF"):
        picture = read(encoded(frames[0], form, save_all=True, append_images=frames[1:]))
        assert (picture.image, picture.reason) == (None, "the file contains 2 frames; it must contain a single picture")


def test_bombs_are_not_decoded() -> None:
    # A few kilobytes that declare a hundred million pixels.
    picture = read(encoded(Image.new("1", (10_000, 10_000))))
    assert picture.image is None
    assert picture.reason == "the image has 10000 x 10000 pixels; at most 64000000 pixels are decoded"
    assert "pixels are decoded" in read(encoded(Image.new("1", (20_000, 20_000)))).reason


def test_thirty_two_bits_are_refused() -> None:
    for kind in (np.float32, np.int32):
        reason = read(encoded(IMAGE[:, :, 0].astype(kind), "TIFF")).reason
        assert reason.startswith("the pixels have 32 bits or a sign; they must be")


def test_damage_is_a_reason() -> None:
    content = encoded(IMAGE)
    rng = np.random.default_rng(0)
    assert read(b"").reason == "an empty file"
    assert read(b"a text file").reason == "not a JPEG, PNG or TIFF picture"
    assert read(b"version https://git-lfs.github.com/spec/v1").reason.startswith("is a pointer of Git LFS")
    assert read(encoded(IMAGE, "GIF")).reason == "not a JPEG, PNG or TIFF picture"
    wide = bytearray(encoded(IMAGE, "TIFF"))
    bits = wide.index(b"\x08\x00\x08\x00\x08\x00")
    wide[bits : bits + 6] = b"\x40\x00" * 3  # 64 bits a channel, which Pillow knows no mode for
    assert read(bytes(wide)).reason.startswith("damaged, or a kind of JPEG, PNG or TIFF that cannot be decoded")
    for kind in ("PNG", "JPEG", "TIFF"):
        content = encoded(IMAGE, kind)
        assert read(content[: len(content) // 2]).image is None
        for _ in range(50):
            harmed = bytearray(content)
            harmed[int(rng.integers(len(harmed)))] ^= int(rng.integers(1, 256))
            picture = read(bytes(harmed))
            assert (picture.image is None) == bool(picture.reason)
