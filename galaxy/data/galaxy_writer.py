"""A new HDF5 file in Galaxy10's layout, written image by image."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import h5py
import numpy as np
from numpy.typing import NDArray

from galaxy.atomic import atomic_path
from galaxy.data.class_names import check_class_names
from galaxy.hdf5_sink import Hdf5Sink

CHUNK_ROWS = 16


class GalaxyWriter:
    """Appends images of one size, with label, position, pixel scale and id, in bounded memory.

    Images are written at once; numbers and ids are kept in memory until `finish` writes them.
    """

    def __init__(self, path: Path, *, size: int) -> None:
        """Open `path` for images of `size` x `size` pixels; an existing file is overwritten."""
        self._sink = Hdf5Sink(path)
        self._file = h5py.File(self._sink, "w")
        self._images = self._file.create_dataset(
            "images",
            (0, size, size, 3),
            np.uint8,
            chunks=(CHUNK_ROWS, size, size, 3),
            maxshape=(None, size, size, 3),
            compression="gzip",
            compression_opts=4,
            track_times=False,
        )
        self._waiting: list[NDArray[np.uint8]] = []
        self._columns: dict[str, list[float]] = {"ans": [], "ra": [], "dec": [], "pxscale": []}
        self._ids: list[str] = []

    def __len__(self) -> int:
        return len(self._ids)

    def append(
        self,
        image: NDArray[np.uint8],
        *,
        label: int,
        name: str,
        ra: float,
        dec: float,
        pixel_scale: float,
    ) -> None:
        """Add a galaxy.

        Args:
            image: (size, size, 3) uint8, red first.
            label: Number of the galaxy's class.
            name: Id of the galaxy.
            ra: Right ascension in degrees, NaN where unknown.
            dec: Declination in degrees, NaN where unknown.
            pixel_scale: Arcsec per pixel, NaN where unknown.

        Raises:
            OSError: If the file cannot be written.
        """
        self._waiting.append(image)
        for column, value in (("ans", label), ("ra", ra), ("dec", dec), ("pxscale", pixel_scale)):
            self._columns[column].append(value)
        self._ids.append(name)
        if len(self._waiting) == CHUNK_ROWS:
            self._flush()

    def finish(self, class_names: Sequence[str]) -> None:
        """Write the columns and the names of the classes in label order, and close the file.

        Raises:
            InputError: If the names are not 2 to 256 different ones.
            OSError: If the file cannot be written.
        """
        names = check_class_names(list(class_names), where="the file")
        self._flush()
        for name, values in self._columns.items():
            kind = np.uint8 if name == "ans" else np.float64
            self._file.create_dataset(name, data=np.array(values, dtype=kind), track_times=False)
        text = h5py.string_dtype()
        self._file.create_dataset("id", data=np.array(self._ids, dtype=object), dtype=text, track_times=False)
        self._file.attrs["class_names"] = np.array(names, dtype=object)
        self._file.close()
        self._sink.check()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
        self._sink.close()

    def _flush(self) -> None:
        if self._waiting:
            start = len(self._images)
            self._images.resize(start + len(self._waiting), axis=0)
            self._images[start:] = np.stack(self._waiting)
            self._waiting.clear()
            self._sink.check()


@contextmanager
def new_galaxies(path: Path, *, size: int) -> Iterator[GalaxyWriter]:
    """Yield a writer of a file that appears at `path` when the body ends without an error."""
    with atomic_path(path) as temporary, GalaxyWriter(temporary, size=size) as writer:
        yield writer
