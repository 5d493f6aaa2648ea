"""Turns FITS cut-outs in three bands into colour as the Legacy Surveys do (Lupton et al. 2004, PASP 116, 133)."""

import math
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.errors import InputError
from galaxy.predict.picture import Picture
from galaxy.predict.picture_checks import MASKED
from galaxy.rendered.asinh_picture import asinh_picture
from galaxy.stand_in import stand_in

ENDINGS = (".fits", ".fit", ".fits.gz", ".fits.fz")

NATIVE_SCALE = 0.262
"""Arcseconds per pixel of the Legacy Surveys, to whose fluxes per pixel the stretch belongs."""

_UNIT = re.compile(r"((nanomagg|nmagg)(y|ies)|nmgys?)((/|per)pix(el)?s?|pix(el)?(\*\*|\^)?-1)?|", re.IGNORECASE)
"""Ways to write nanomaggies per pixel, without spaces; no unit is taken for these."""
_MAX_VALUES = 3 * 64_000_000
"""An image of more values is not read: a compressed file of a few bytes can declare gigabytes."""
_MAX_NAN_SHARE = 0.1
_MAX_FLUX = np.float32(1e9)
"""Largest flux in nanomaggies. No star has a larger one, and the stretch squares fluxes, which float32 cannot hold."""


@dataclass(frozen=True)
class FitsOptions:
    """How fluxes become colours.

    Attributes:
        bands: Three letters in any case, from the shortest to the longest wavelength, which become blue, green and red.
        stretch: Factor on all fluxes before the stretch of the Legacy Surveys, which is made for nanomaggies.

    Raises:
        InputError: If the bands are not three different letters, or the stretch is not a positive number.
    """

    bands: str = "grz"
    stretch: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "bands", self.bands.lower())
        if len(self.bands) != 3 or len(set(self.bands)) != 3 or not self.bands.isalpha():
            raise InputError(f"bands is {self.bands!r}; give three different letters, such as grz")
        if not 0 < self.stretch < math.inf:
            raise InputError(f"stretch is {self.stretch}; give a positive number, such as 1")


class _Unusable(Exception):  # noqa: N818 -- not an error: it ends as the reason in a row
    """The reason why a cut-out cannot be used."""


def fits_module() -> Any:
    """Import `astropy.io.fits`.

    Raises:
        InputError: If astropy is not installed.
    """
    try:
        from astropy.io import fits
    except ImportError:
        raise InputError(
            "FITS needs astropy, which is not installed: pip install 'galaxy-morphology-benchmark[astro]'"
        ) from None
    return fits


def read_cutout(picture: Picture, paths: Sequence[Path], options: FitsOptions) -> Picture:
    """Read a cut-out from a cube of bands, from three image extensions, or from three files, one a band.

    Extensions are found by their bands where EXTNAME, FILTER or BAND give these; a name may end in its band, as DECAM_G
    does. The bands of a cube may lie along any of its axes. Position and pixel scale come from the world coordinate
    system in the header. Fluxes are nanomaggies per pixel.

    Args:
        picture: The picture, complete except for its image.
        paths: One file, or three in the order of the bands.
        options: Bands and stretch.

    Returns:
        `picture`, with its image or the reason why there is none.

    Raises:
        InputError: If astropy is not installed.

    Example:
        >>> import tempfile
        >>> from astropy.io import fits
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "m31.fits"
        ...     fits.writeto(path, np.ones((3, 32, 32), dtype=np.float32))
        ...     read_cutout(Picture("m31"), [path], FitsOptions(bands="grz")).image.shape
        (32, 32, 3)
    """
    fits = fits_module()
    try:
        with warnings.catch_warnings(action="ignore"):
            flux, header = _fluxes(fits, paths, options.bands)
            _place(picture, header, flux.shape[1:])
    except _Unusable as error:
        picture.reason = str(error)
        return picture
    except Exception as error:  # noqa: BLE001 -- astropy raises anything for a damaged file
        picture.reason = _instead(paths) or f"cannot be read as FITS ({' '.join(str(error).split())[:100]})"
        return picture
    unknown = ~np.isfinite(flux)
    share = float(unknown.any(axis=0).mean())
    if share > _MAX_NAN_SHARE:
        picture.reason = f"{share:.0%} of the pixels are NaN; at most {_MAX_NAN_SHARE:.0%} may be"
        return picture
    if share:
        picture.checks.append(MASKED)
        flux = np.where(unknown, np.float32(0), flux)
    native = 1.0 if np.isnan(picture.pixel_scale) else (NATIVE_SCALE / picture.pixel_scale) ** 2
    # FITS counts rows from the bottom, pictures from the top.
    scaled = np.clip(flux, -_MAX_FLUX, _MAX_FLUX) * np.float32(options.stretch * native)
    picture.image = np.ascontiguousarray(asinh_picture(scaled)[::-1])
    return picture


def _instead(paths: Sequence[Path]) -> str:
    """Return what kind of file a file is that is not FITS; an empty text if that is unknown."""
    for path in paths:
        try:
            with path.open("rb") as file:
                start = file.read(200)
        except (OSError, ValueError):  # a missing file, or a NUL character in its name
            continue
        if not start:
            return "an empty file"
        if found := stand_in(start):
            return found
    return ""


def _fluxes(fits: Any, paths: Sequence[Path], bands: str) -> tuple[NDArray[np.float32], Any]:
    """Return (3, H, W) fluxes in the order of `bands`, and the header of the first band."""
    if len(paths) > 1:
        planes = [_images(fits, path)[0] for path in paths]
        if any(plane.ndim != 2 for plane, _ in planes) or len({plane.shape for plane, _ in planes}) > 1:
            raise _Unusable("the files of the three bands must contain one image each, of the same size")
        return _stacked(planes)
    images = _images(fits, paths[0])
    plane, header = images[0]
    if plane.ndim == 3:
        _check_unit(header)
        names = _cube_bands(header)
        plane = _bands_first(plane, len(names) or 3)
        return plane[_positions(names, len(plane), bands)], header
    flat = [(data, head) for data, head in images if data.ndim == 2]
    # A name that is the band alone goes before one that ends in it, such as INVVAR_G.
    found = {
        band: [one for one in flat if _name(one[1]) == band] or [one for one in flat if _band(one[1]) == band]
        for band in bands
    }
    if all(len(planes) == 1 for planes in found.values()):
        flat = [planes[0] for planes in found.values()]
    if len(flat) == 1:
        raise _Unusable(
            f"the file contains a single band; the bands {', '.join(bands)} are needed, in a cube or in files named "
            "by band"
        )
    if len(flat) != 3:
        raise _Unusable(
            f"the file contains {len(flat)} image extensions; three of one size are needed, in the order "
            f"{', '.join(bands)} or with these as EXTNAME"
        )
    if len({data.shape for data, _ in flat}) > 1:
        raise _Unusable("the images of the three bands are of different sizes; they must be of one size")
    if any(found.values()) and not all(found.values()):
        missing = ", ".join(band for band, planes in found.items() if not planes)
        raise _Unusable(f"no image extension is named by the band {missing}; all three must be, or none")
    return _stacked(flat)


def _stacked(planes: Sequence[tuple[NDArray[np.float32], Any]]) -> tuple[NDArray[np.float32], Any]:
    """Return three planes as one array, and the header of the first."""
    for _, header in planes:
        _check_unit(header)
    return np.stack([plane for plane, _ in planes]), planes[0][1]


def _images(fits: Any, path: Path) -> list[tuple[NDArray[np.float32], Any]]:
    """Return the images with two or three axes that are longer than one value, and their headers."""
    found = []
    with fits.open(path, memmap=False) as file:
        for hdu in file:
            lengths = [int(hdu.header.get(f"NAXIS{axis + 1}", 0)) for axis in range(hdu.header.get("NAXIS", 0))]
            if not hdu.is_image or sum(length > 1 for length in lengths) not in (2, 3):
                continue
            if math.prod(lengths) > _MAX_VALUES:
                raise _Unusable(f"an image has {' x '.join(map(str, lengths))} values; at most {_MAX_VALUES} are read")
            found.append((np.squeeze(np.asarray(hdu.data, dtype=np.float32)), hdu.header.copy()))
    if not found:
        raise _Unusable("no image in the file has two or three axes of more than one value")
    return found


def _names(header: Any) -> list[str]:
    """Return what may name the band of an image extension, in lower case."""
    return [str(header.get(key, "")).strip().lower() for key in ("EXTNAME", "FILTER", "BAND")]


def _name(header: Any) -> str:
    """Return the first name of an image extension that is a single letter; empty where there is none."""
    return next((name for name in _names(header) if len(name) == 1), "")


def _band(header: Any) -> str:
    """Return the band of an image extension in lower case, as its header names it; empty where it does not."""
    # The band ends a name such as flux_g, and begins a filter such as "g DECam SDSS c0001 4720.0 1520.0".
    ends = [re.split(r"[-_. ]", name)[-1] for name in _names(header)]
    begins = [str(header.get(key, "")).lower().split() for key in ("FILTER", "BAND")]
    alone = [words[0] for words in begins if len(words) > 1]
    return next((band for band in (*alone, *ends) if len(band) == 1), "")


def _cube_bands(header: Any) -> str:
    """Return the bands of a cube's planes in lower case, as its header names them; empty where it does not."""
    if named := re.sub(r"[\s,;]", "", str(header.get("BANDS", ""))).lower():
        return named
    first = 0 if "BAND0" in header else 1
    numbered = [str(header.get(f"BAND{number}", "")).strip().lower() for number in range(first, first + 100)]
    return "".join(numbered)


def _bands_first(cube: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Move the axis of the bands to the front; it is the first with `count` values; if none has, nothing moves."""
    axes = [axis for axis, length in enumerate(cube.shape) if length == count]
    return np.moveaxis(cube, axes[0], 0) if axes else cube


def _positions(named: str, planes: int, bands: str) -> list[int]:
    if not named and planes == 3:
        named = bands
    if any(band not in named for band in bands) or len(named) != planes:
        raise _Unusable(
            f"{planes} planes in the bands {', '.join(named) or 'unknown'}; {', '.join(bands)} are needed, named by "
            "BANDS in the header"
        )
    return [named.index(band) for band in bands]


def _check_unit(header: Any) -> None:
    unit = str(header.get("BUNIT", "")).strip()
    if not _UNIT.fullmatch(unit.replace(" ", "")):
        raise _Unusable(f"the fluxes are in {unit[:30]!r}; they must be in nanomaggies per pixel")


def _place(picture: Picture, header: Any, shape: tuple[int, ...]) -> None:
    """Fill in position and pixel scale from the header, where it has them and the table does not."""
    from astropy.wcs.utils import pixel_to_skycoord, proj_plane_pixel_scales

    wcs = _celestial(header) if "CTYPE1" in header else None
    if wcs is None:
        return
    if np.isnan(picture.ra) or np.isnan(picture.dec):
        # To ICRS, since the header may have galactic coordinates or another equinox.
        place = pixel_to_skycoord((shape[1] - 1) / 2, (shape[0] - 1) / 2, wcs).icrs
        picture.ra, picture.dec = float(place.ra.deg), float(place.dec.deg)
    if np.isnan(picture.pixel_scale):
        picture.pixel_scale = float(np.mean(proj_plane_pixel_scales(wcs)) * 3600)


def _celestial(header: Any) -> Any:
    """Return the celestial axes of the world coordinate system, None where it has none."""
    from astropy.wcs import WCS

    reason = ""
    for axes in (2, None):  # all axes where the first two are not celestial, since the bands' may come first
        try:
            wcs = WCS(header, naxis=axes)
            if wcs.has_celestial:
                return wcs.celestial
        except Exception as error:  # noqa: BLE001 -- wcslib raises anything for a header that it cannot use
            reason = reason or " ".join(str(error).split()).split(": ")[-1].rstrip(".")[:80]
    if reason:
        raise _Unusable(
            f"the world coordinate system in the header cannot be used ({reason}); correct it, or remove CTYPE1"
        )
    return None
