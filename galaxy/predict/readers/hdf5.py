"""Reads HDF5 in Galaxy10's layout, with or without labels."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import repeat
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from galaxy.data.chunk_reader import ChunkReader
from galaxy.data.chunked_images import block_rows
from galaxy.data.hdf5_errors import readable
from galaxy.data.manifest import galaxy_ids
from galaxy.data.unlabelled import open_unlabelled, unlabelled_column
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.predict.picture import Chunk, Picture, file_identity, sorted_id_digests
from galaxy.predict.picture_checks import is_grey


class Hdf5:
    """The `images` of an HDF5 file, with its `id`, `ra`, `dec` and `pxscale` where it has them.

    Without a data set `id` the ids are those of a manifest made of this file.

    Raises:
        InputError: If the file is missing, damaged, or has no such images.
    """

    further: dict[str, str] = {}  # noqa: RUF012 -- a protocol's attribute, never changed
    skipped: Counter[str] = Counter()  # noqa: RUF012 -- a protocol's attribute, never changed
    distributable = False

    def __init__(self, path: Path, *, stack: ExitStack) -> None:
        self.path, self.name = path, str(path)
        self._galaxies = stack.enter_context(open_unlabelled(path))
        self.count = len(self._galaxies)
        own = unlabelled_column(self._galaxies, "id")
        self._ids = galaxy_ids(file_sha256(path), np.arange(self.count)) if own is None else own.astype(np.str_)
        names, repeats = np.unique(self._ids, return_counts=True)
        if len(names) < self.count:
            raise InputError(f"{path}: id {names[repeats > 1][0]} occurs more than once; each galaxy needs its own id")
        self._numbers = {name: self._column(name) for name in ("ra", "dec", "pxscale")}
        self._pool = stack.enter_context(ThreadPoolExecutor(max_workers=2))
        self._reader = ChunkReader(self._galaxies.images, self._pool)

    def _column(self, name: str) -> NDArray[np.float64]:
        found = unlabelled_column(self._galaxies, name)
        if found is None:
            return np.full(self.count, np.nan)
        if found.dtype.kind == "U":
            raise InputError(f"{self.path}: {name!r} contains text; it must contain numbers")
        return found.astype(np.float64)

    @property
    def ids(self) -> NDArray[np.uint64]:
        """Return the digests of the ids, 64 bits each, sorted."""
        return sorted_id_digests(self._ids.tolist())

    def files(self) -> list[Path]:
        """Return the file."""
        return [self.path]

    def identity(self) -> object:
        """Return name, size and time of the file."""
        return file_identity(self.path)

    def states(self) -> Iterator[list[int]]:
        """Yield nothing: the identity has size and time of the file."""
        return repeat([])

    def chunks(self, skip: int) -> Iterator[Chunk]:
        """Yield one chunk per block of the file's own chunks, so that nothing is decoded twice."""
        rows = block_rows(self._galaxies)
        for start in range(skip - skip % rows, self.count, rows):
            yield partial(self._read, start, min(start + rows, self.count), skip)

    def _read(self, start: int, stop: int, skip: int) -> Iterator[Picture]:
        size = self._galaxies.size
        images = np.empty((stop - start, size, size, 3), dtype=np.uint8)
        with readable(self.path):
            self._reader.read(start, images)()
        for row in range(max(start, skip), stop):
            image = images[row - start]
            yield Picture(
                id=str(self._ids[row]),
                image=image,
                ra=float(self._numbers["ra"][row]),
                dec=float(self._numbers["dec"][row]),
                pixel_scale=float(self._numbers["pxscale"][row]),
                checks=["grey"] if is_grey(image) else [],
            )
