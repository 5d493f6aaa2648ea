import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from galaxy.predict.picture import Picture
from galaxy.predict.readers.files import folder_source, group_bands
from galaxy.predict.readers.fits_cutout import FitsOptions, read_cutout

SCALE = 0.262
FLUX = np.random.default_rng(0).normal(0.05, 0.05, (3, 20, 24)).astype(np.float32)


def header(**values: Any) -> fits.Header:
    found = fits.Header()
    found.update(
        {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRPIX1": 12.5, "CRPIX2": 10.5, "CRVAL1": 150.1, "CRVAL2": 2.2}
    )
    found.update({"CD1_1": -SCALE / 3600, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": SCALE / 3600})
    found.update(values)
    return found


def read(path: Path, **options: Any) -> Picture:
    return read_cutout(Picture("one"), (path,), FitsOptions(**options))


def legacy_colour(flux: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The viewer's formula, band by band: scaled, offset, common inverse hyperbolic sine, ratios kept."""
    g, r, z = (np.maximum(flux[i].astype(np.float64) * s + 0.03, 0) for i, s in enumerate((6.0, 3.4, 2.2)))
    mean = np.maximum((g + r + z) / 3, 1e-6)
    factor = np.arcsinh(20 * mean) / np.sqrt(20) / mean
    return np.stack([np.clip(255 * band * factor, 0, 255) for band in (z, r, g)], axis=2)[::-1]


def test_a_cube_becomes_the_colour_of_the_legacy_surveys(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "cube.fits", FLUX, header(BANDS="grz"))
    picture = read(tmp_path / "cube.fits")
    assert picture.image is not None
    # Whole numbers are cut off; arithmetic in 32 bits may land on the other side.
    assert np.abs(picture.image - (legacy_colour(FLUX) - 0.5)).max() <= 0.51
    assert [picture.ra, picture.dec] == pytest.approx([150.1, 2.2])
    assert picture.pixel_scale == pytest.approx(SCALE)


def test_bands_may_lie_in_extensions_files_or_another_order(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "cube.fits", FLUX, header())
    expected = read(tmp_path / "cube.fits").image
    planes = [fits.ImageHDU(plane, header()) for plane in FLUX]
    fits.HDUList([fits.PrimaryHDU(), *planes]).writeto(tmp_path / "extensions.fits")
    named = [
        fits.ImageHDU(FLUX["grz".index(name)] if name in "grz" else FLUX[0], header(), name=name) for name in "zxrg"
    ]
    fits.HDUList([fits.PrimaryHDU(), *named]).writeto(tmp_path / "named.fits")
    four = np.stack([FLUX[2], FLUX[0], np.full_like(FLUX[0], 9), FLUX[1]])
    fits.writeto(tmp_path / "four.fits", four, header(BANDS="zgir"))
    for name in ("extensions", "named", "four"):
        np.testing.assert_array_equal(read(tmp_path / f"{name}.fits").image, expected)
    (tmp_path / "bands").mkdir()
    for band, plane in zip("grz", FLUX, strict=True):
        fits.writeto(tmp_path / "bands" / f"m31-{band}.fits", plane, header())
    fits.writeto(tmp_path / "bands" / "m33-g.fits", FLUX[0])
    first, second = (
        picture for chunk in folder_source(tmp_path / "bands", FitsOptions()).chunks(0) for picture in chunk()
    )
    assert (first.id, second.id) == ("m31.fits", "m33-g.fits")
    np.testing.assert_array_equal(first.image, expected)
    assert second.reason.startswith("the file contains a single band; the bands g, r, z are needed")


def test_headers_name_bands_in_many_ways(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "cube.fits", FLUX, header())
    expected = read(tmp_path / "cube.fits").image
    reverse = FLUX[::-1]
    fits.writeto(tmp_path / "commas.fits", reverse, header(BANDS="z, r, g"))
    fits.writeto(tmp_path / "numbers.fits", reverse, header(BAND1="z", BAND2="r", BAND3="g"))
    fits.writeto(tmp_path / "from-zero.fits", reverse, header(BAND0="z", BAND1="r", BAND2="g"))
    named = [fits.ImageHDU(plane, header(), name=f"DECAM_{name}") for name, plane in zip("ZRG", reverse, strict=True)]
    fits.HDUList([fits.PrimaryHDU(), *named]).writeto(tmp_path / "camera.fits")
    filtered = [fits.ImageHDU(plane, header(FILTER=name)) for name, plane in zip("zrg", reverse, strict=True)]
    fits.HDUList([fits.PrimaryHDU(), *filtered]).writeto(tmp_path / "filters.fits")
    filters = (
        "z DECam SDSS c0004 9260.0 1520.0",
        "r DECam SDSS c0002 6415.0 1480.0",
        "g DECam SDSS c0001 4720.0 1520.0",
    )
    camera = [fits.ImageHDU(plane, header(FILTER=name)) for name, plane in zip(filters, reverse, strict=True)]
    fits.HDUList([fits.PrimaryHDU(), *camera]).writeto(tmp_path / "decam.fits")
    for name in ("commas", "numbers", "from-zero", "camera", "filters", "decam"):
        np.testing.assert_array_equal(read(tmp_path / f"{name}.fits", bands="GRZ").image, expected, err_msg=name)


def test_bands_lie_along_any_axis_of_a_cube(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "cube.fits", FLUX, header())
    expected = read(tmp_path / "cube.fits")
    sky = header()
    last = header(CTYPE1="WAVE", CTYPE2="RA---TAN", CTYPE3="DEC--TAN", CRPIX2=12.5, CRPIX3=10.5, CRVAL2=150.1)
    last.update({"CRVAL3": 2.2, "CRVAL1": 1.0, "CD2_2": -SCALE / 3600, "CD3_3": SCALE / 3600, "CD1_1": 1.0})
    fits.writeto(tmp_path / "last.fits", np.ascontiguousarray(np.moveaxis(FLUX, 0, -1)), last)
    fits.writeto(tmp_path / "middle.fits", np.ascontiguousarray(np.moveaxis(FLUX, 0, 1)))
    fits.writeto(tmp_path / "four-axes.fits", FLUX[None], sky)
    for band, plane in zip("grz", FLUX, strict=True):
        fits.writeto(tmp_path / f"flat-{band}.fits", plane[None], sky)
    files = tuple(tmp_path / f"flat-{band}.fits" for band in "grz")
    flat = read_cutout(Picture("flat"), files, FitsOptions())
    for found in (read(tmp_path / "last.fits"), read(tmp_path / "four-axes.fits"), flat):
        assert found.reason == ""
        np.testing.assert_array_equal(found.image, expected.image)
        assert [found.ra, found.dec, found.pixel_scale] == pytest.approx([expected.ra, expected.dec, SCALE])
    middle = read(tmp_path / "middle.fits")
    assert middle.image is not None
    assert expected.image is not None
    assert middle.image.shape == expected.image.shape


def test_groups_of_files_have_names_of_their_own() -> None:
    names = ["m31.fits", *(f"m31{mark}{band}.fits" for mark in "-_" for band in "grz")]
    entries = group_bands(names, Path(), "grz")
    assert [name for name, _ in entries] == ["m31-g.fits", "m31.fits", "m31_g.fits"]
    assert entries[0][1] == tuple(Path(f"m31-{band}.fits") for band in "grz")


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("frame-{}-008162.fits", "frame-008162.fits"),
        ("stk.{}.unconv.fits.fz", "stk.unconv.fits.fz"),
        ("{}-m31.fits", "m31.fits"),
        ("{}/m31.fits.gz", "m31.fits.gz"),
        ("r-and-z-m31_{}.FITS", "r-and-z-m31.FITS"),
        ("cut/{}.fits", "cut.fits"),
        ("{}.fits", "g.fits"),
        ("{}.fits.fz", "g.fits.fz"),
    ],
)
def test_the_band_may_stand_anywhere_in_a_name(form: str, name: str) -> None:
    files = tuple(Path(form.format(band)) for band in "grz")
    others = ["m31-g.png", "m31-r.png", "m31-z.png", "alone-g.fits", "bigger.fits"]
    entries = group_bands([*map(str, files), *others], Path(), "grz")
    assert (name, files) in entries
    assert len(entries) == 6


def test_of_several_letters_in_a_name_the_last_one_is_the_band() -> None:
    names = [f"{field}-{band}.fits" for field in "grz" for band in "grz"]
    entries = group_bands(names, Path(), "grz")
    assert entries == [(f"{field}.fits", tuple(Path(f"{field}-{band}.fits") for band in "grz")) for field in "grz"]


def test_planes_of_variance_named_by_band_are_left_out(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "cube.fits", FLUX, header())
    planes = [fits.ImageHDU(plane, header(), name=band) for band, plane in zip("grz", FLUX, strict=True)]
    noise = [fits.ImageHDU(np.ones_like(FLUX[0]), header(), name=f"INVVAR_{band}") for band in "grz"]
    fits.HDUList([fits.PrimaryHDU(), *noise, *planes]).writeto(tmp_path / "six.fits")
    np.testing.assert_array_equal(read(tmp_path / "six.fits").image, read(tmp_path / "cube.fits").image)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "an empty file"),
        (b"<!DOCTYPE html><html>", "is a web page, not the file itself; download the file that the page offers"),
        (b"version https://git-lfs.github.com/spec/v1", "is a pointer of Git LFS"),
    ],
)
def test_what_is_saved_in_place_of_a_cut_out_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "m31.fits").write_bytes(content)
    assert read(tmp_path / "m31.fits").reason.startswith(reason)


@pytest.mark.parametrize(
    "unit", ["nanomaggies/pix", "nmgy", "nanomaggy pixel**-1", "nanomaggies per pixel", "NMGY pix-1", " "]
)
def test_nanomaggies_are_written_in_many_ways(tmp_path: Path, unit: str) -> None:
    fits.writeto(tmp_path / "cube.fits", FLUX, header(BUNIT=unit))
    assert read(tmp_path / "cube.fits").reason == ""


def test_an_image_that_declares_too_much_is_not_read(tmp_path: Path) -> None:
    large = fits.Header({"SIMPLE": True, "BITPIX": -32, "NAXIS": 3, "NAXIS1": 90_000, "NAXIS2": 90_000, "NAXIS3": 3})
    with gzip.open(tmp_path / "bomb.fits.gz", "wb") as file:
        file.write(large.tostring().encode() + bytes(1 << 20))
    assert read(tmp_path / "bomb.fits.gz").reason.startswith("an image has 90000 x 90000 x 3 values; at most 192000000")


def test_flux_per_pixel_is_scaled_to_the_survey_s_pixels(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "native.fits", FLUX, header())
    half = {"CD1_1": -SCALE / 7200, "CD2_2": SCALE / 7200}
    fits.writeto(tmp_path / "fine.fits", FLUX / 4, header(**half))
    native, fine = read(tmp_path / "native.fits"), read(tmp_path / "fine.fits")
    assert native.image is not None
    assert fine.image is not None
    assert fine.pixel_scale == pytest.approx(SCALE / 2)
    assert np.abs(native.image.astype(int) - fine.image).max() <= 1
    brighter = read(tmp_path / "native.fits", stretch=2.0).image
    assert brighter is not None
    assert brighter.mean() > native.image.mean()


@pytest.mark.parametrize(
    ("data", "values", "reason"),
    [
        (FLUX[:2], {}, "2 planes in the bands unknown; g, r, z are needed"),
        (FLUX, {"BANDS": "ugr"}, "3 planes in the bands u, g, r; g, r, z are needed"),
        (FLUX, {"CTYPE1": "RA---XXX"}, "the world coordinate system in the header cannot be used (Unrecognized"),
        (FLUX, {"BUNIT": "MJy/sr"}, "the fluxes are in 'MJy/sr'; they must be in nanomaggies per pixel"),
        (FLUX, {"BUNIT": "adu"}, "the fluxes are in 'adu'; they must be in nanomaggies per pixel"),
        (np.full_like(FLUX, np.nan), {}, "100% of the pixels are NaN; at most 10% may be"),
        (FLUX[0], {}, "the file contains a single band"),
    ],
)
def test_unusable_cutouts_are_a_reason(
    tmp_path: Path, data: np.ndarray[Any, Any], values: dict[str, Any], reason: str
) -> None:
    fits.writeto(tmp_path / "a.fits", data, header(**values))
    assert read(tmp_path / "a.fits").reason.startswith(reason)


def test_every_band_has_the_unit(tmp_path: Path) -> None:
    for band, plane in zip("grz", FLUX, strict=True):
        fits.writeto(tmp_path / f"m31-{band}.fits", plane, header(BUNIT="adu" if band == "z" else "nanomaggy"))
    (picture,) = (found for chunk in folder_source(tmp_path, FitsOptions()).chunks(0) for found in chunk())
    assert picture.reason.startswith("the fluxes are in 'adu'")


def test_positions_are_equatorial_whatever_the_header_has(tmp_path: Path) -> None:
    galactic = header(CTYPE1="GLON-TAN", CTYPE2="GLAT-TAN", CRVAL1=121.1743, CRVAL2=-21.5733)
    fits.writeto(tmp_path / "m31.fits", FLUX, galactic)
    picture = read(tmp_path / "m31.fits")
    assert [picture.ra, picture.dec] == pytest.approx([10.6847, 41.2688], abs=1e-3)


@pytest.mark.filterwarnings("error")
def test_fluxes_beyond_any_star_s_are_white(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "a.fits", np.full_like(FLUX, 1e30))
    picture = read(tmp_path / "a.fits")
    assert picture.image is not None
    assert picture.image.min() > 200


def test_whole_numbers_are_scaled_and_blanks_masked(tmp_path: Path) -> None:
    hdu = fits.PrimaryHDU(FLUX.copy(), header(BANDS="grz"))
    hdu.scale("int16", bscale=1e-5, bzero=0.1)
    hdu.writeto(tmp_path / "scaled.fits")
    fits.writeto(tmp_path / "plain.fits", FLUX, header(BANDS="grz"))
    scaled, plain = read(tmp_path / "scaled.fits").image, read(tmp_path / "plain.fits").image
    assert scaled is not None
    assert plain is not None
    assert np.abs(scaled.astype(int) - plain).max() <= 1
    packed = fits.CompImageHDU(FLUX, header(BANDS="grz"), compression_type="GZIP_1", quantize_level=0)
    fits.HDUList([fits.PrimaryHDU(), packed]).writeto(tmp_path / "packed.fits.fz")
    np.testing.assert_array_equal(read(tmp_path / "packed.fits.fz").image, plain)


def test_a_few_masked_pixels_are_black_and_said(tmp_path: Path) -> None:
    data = FLUX.copy()
    data[1, 3, 4] = np.nan
    fits.writeto(tmp_path / "a.fits", data, header(BUNIT="nanomaggy"))
    picture = read(tmp_path / "a.fits")
    assert picture.image is not None
    assert picture.checks == ["masked"]


def test_without_coordinates_nothing_is_made_up(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "a.fits", FLUX)
    picture = read(tmp_path / "a.fits")
    assert picture.image is not None
    assert np.isnan([picture.ra, picture.dec, picture.pixel_scale]).all()
    fits.HDUList([fits.PrimaryHDU()]).writeto(tmp_path / "empty.fits")
    assert read(tmp_path / "empty.fits").reason == "no image in the file has two or three axes of more than one value"
    (tmp_path / "text.fits").write_text("text")
    assert read(tmp_path / "text.fits").reason.startswith("cannot be read as FITS")
