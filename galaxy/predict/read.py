"""Reads the pictures in all kinds of files that `galaxy predict` takes: `from galaxy import read`."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from galaxy.errors import InputError
from galaxy.predict.picture import Picture
from galaxy.predict.readers.fits_cutout import FitsOptions
from galaxy.predict.readers.open_inputs import open_inputs


def read(
    *paths: str | Path, bands: str = "grz", stretch: float = 1.0, path_column: str | None = None
) -> Iterator[Picture]:
    """Read pictures one after the other, at their own size and in bounded memory.

    A picture that cannot be used has no `image`, and a `reason` that says why; the next pictures follow it.

    Args:
        paths: Pictures (JPEG, PNG, TIFF), FITS cut-outs, folders, zip and tar archives, HDF5 files with `images`, and
            tables with a column of paths.
        bands: Bands of FITS cut-outs that become blue, green and red.
        stretch: Factor on the fluxes of FITS cut-outs.
        path_column: Column of paths in a table; None looks for a usual name.

    Yields:
        The pictures with their ids, with positions and pixel scales where these are known, and with the further columns
        of tables.

    Raises:
        InputError: If an input is missing, of an unknown kind, or damaged as a whole; raised when the first picture is
            asked for.

    Example:
        >>> import tempfile
        >>> from PIL import Image
        >>> from galaxy import read
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Image.new("RGB", (8, 8)).save(Path(folder) / "m31.png")
        ...     _ = (Path(folder) / "m33.png").write_text("no picture")
        ...     for picture in read(folder):
        ...         print(picture.id, picture.reason or picture.image.shape)
        m31.png (8, 8, 3)
        m33.png not a JPEG, PNG or TIFF picture
    """
    if not paths:
        raise InputError("no input was given; give pictures, folders, archives, HDF5 files or tables")
    with ExitStack() as stack:
        inputs = open_inputs(
            [Path(path) for path in paths], stack=stack, options=FitsOptions(bands, stretch), path_column=path_column
        )
        for chunk in inputs.chunks(0):
            yield from chunk()
