"""Pictures with what is known of them, which every reader yields in chunks that are read lazily."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from galaxy.digest import value_sha256

CHUNK = 64
"""Pictures that one task of the reading threads reads."""

Value = str | int | float | bool | None
"""What a further column of a table holds."""


@dataclass
class Picture:
    """One picture of a galaxy, or the reason why there is none.

    Attributes:
        id: Name of the galaxy, unique among all inputs of a run; bytes of a file's name that are not UTF-8 are escaped,
            since no table can hold them.
        image: (H, W, 3) uint8, red first, north up as far as known; None if the picture could not be read.
        reason: Why there is no image; empty if there is one.
        ra: Right ascension of the centre in degrees, NaN where unknown.
        dec: Declination of the centre in degrees, NaN where unknown.
        pixel_scale: Arcseconds per pixel, NaN where unknown; an impossible number, such as 0, counts as unknown.
        checks: Words for unusual properties of the picture, such as "grey".
        further: Further columns of the table that named the picture.
        state: Sizes and times of change of the files that were read, for inputs whose identity leaves these out.
    """

    id: str
    image: NDArray[np.uint8] | None = None
    reason: str = ""
    ra: float = float("nan")
    dec: float = float("nan")
    pixel_scale: float = float("nan")
    checks: list[str] = field(default_factory=list)
    further: dict[str, Value] = field(default_factory=dict)
    state: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.id = self.id.encode("utf-8", errors="backslashreplace").decode("utf-8")
        if not 0 < self.pixel_scale < math.inf:
            self.pixel_scale = math.nan


Chunk = Callable[[], Iterator[Picture]]
"""Reads some pictures when it is called, which happens in a reading thread."""


class Source(Protocol):
    """Pictures of one input, in an order that is the same in every run."""

    @property
    def count(self) -> int | None:
        """Return the number of pictures; None where it is known only at the end."""

    @property
    def further(self) -> dict[str, str]:
        """Return the names of further columns and their kinds: `text`, `integer`, `number` or `boolean`."""

    @property
    def skipped(self) -> Counter[str]:
        """Return the numbers of files that are not pictures, by ending or kind; of a tar those read so far."""

    @property
    def distributable(self) -> bool:
        """Return whether the chunks can be pickled and read by other processes."""

    def files(self) -> Iterable[Path]:
        """Return all files that are read, including those that a table or a folder names."""

    def identity(self) -> object:
        """Return JSON values that are equal if two runs read pictures of the same names in the same order."""

    def states(self) -> Iterator[list[int]]:
        """Yield what the pictures' `state` would be if they were read now; nothing where the identity has it all."""

    def chunks(self, skip: int) -> Iterator[Chunk]:
        """Yield chunks that together hold the pictures from number `skip` on."""


def id_digest(name: str) -> int:
    """Return 64 bits that stand for an id where millions are compared."""
    return int(value_sha256(name)[:16], 16)


def sorted_id_digests(names: Iterable[str]) -> NDArray[np.uint64]:
    """Return the digests of ids, sorted and each once."""
    return np.unique(np.fromiter(map(id_digest, names), dtype=np.uint64))


def file_states(paths: Iterable[Path]) -> list[int]:
    """Return size and time of change of each file, zeros where there is none."""
    found = []
    for path in paths:
        try:
            status = path.stat()
            found += [status.st_size, status.st_mtime_ns]
        except (OSError, ValueError):  # the reason why it cannot be read becomes a row
            found += [0, 0]
    return found


def file_identity(path: Path) -> list[object]:
    """Return the name, size and time of change of a file, as JSON values."""
    status = path.stat()
    return [str(path.absolute()), status.st_size, status.st_mtime_ns]
