"""Writes HDF5 to a disk that may become full."""

import io
from pathlib import Path
from typing import Any


class Hdf5Sink(io.RawIOBase):
    """A new file for `h5py.File(sink, "w")` that keeps the first error of a write instead of raising it.

    When a write fails, HDF5 keeps the file open, tries again when the interpreter ends, prints its own report and may
    crash. This class hides the error from HDF5; call `check` after each write and after closing to raise it.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb+", buffering=0)
        self._error: OSError | None = None

    def check(self) -> None:
        """Raise the error of the first write that failed.

        Raises:
            OSError: If a write has failed.
        """
        if self._error is not None:
            raise self._error

    def write(self, data: Any) -> int:
        """Write all of `data`, or discard it once the disk is full."""
        view = memoryview(data).cast("B")
        size = len(view)
        while view and self._error is None:
            try:
                view = view[self._file.write(view) or 0 :]
            except OSError as error:
                self._error = error
        if view:
            self._file.seek(len(view), io.SEEK_CUR)
        return size

    def readinto(self, buffer: Any) -> int:
        """Read bytes into `buffer`; bytes that were discarded are read as zeros."""
        view = memoryview(buffer).cast("B")
        count = self._file.readinto(view) or 0
        view[count:] = bytes(len(view) - count)
        return len(view)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position in the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position in the file."""
        return self._file.tell()

    def truncate(self, size: int | None = None) -> int:
        """Set the length of the file; an error is kept like one of `write`."""
        try:
            return self._file.truncate(size)
        except OSError as error:
            self._error = self._error or error
            return size or 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()
