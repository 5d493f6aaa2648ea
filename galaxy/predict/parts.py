"""The finished parts of an output, in a folder beside it, from which a killed run resumes."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from galaxy.atomic import write_text
from galaxy.digest import value_sha256
from galaxy.errors import InputError
from galaxy.locked_folder import lock_folder, remove_folder
from galaxy.predict.picture import Value

ROWS = 4096
"""Rows of a part; a multiple of a batch, so that a resumed run forms the same batches."""


@dataclass(frozen=True)
class Extent:
    """What a writer needs to know of all rows: their number, and each column's longest text and whether it has gaps."""

    rows: int
    longest: list[int]
    gaps: list[bool]


class Parts:
    """The parts of one output.

    As a context manager it locks the folder, and removes it at the end unless the run was interrupted.

    Args:
        output: The file that will hold all parts.
        identity: JSON values on which the rows depend; parts with another identity are removed.
    """

    def __init__(self, output: Path, identity: object) -> None:
        self._folder = parts_folder(output)
        self._output = output
        self._digest = value_sha256(identity)
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        self._lock = lock_parts(self._folder, self._output)
        identity = self._folder / "identity"
        if not identity.is_file() or identity.read_text() != self._digest:
            for path in self._folder.glob("part-*"):
                path.unlink()
            write_text(identity, self._digest)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lock is None:
            return
        if kind is None or issubclass(kind, InputError):
            remove_folder(self._folder, self._lock)
        self._lock.close()

    def keep(self, states: Iterator[list[int]]) -> int:
        """Remove the finished parts from the first one on of which a picture has changed since it was read.

        Args:
            states: The present states of all pictures, in the order of the rows.

        Returns:
            The number of rows that were removed.
        """
        before = self.finished
        paths = self._paths()
        for number, path in enumerate(paths):
            with path.open(encoding="utf-8") as file:
                recorded, count = file.readline().strip(), sum(1 for _ in file)
            if value_sha256(list(islice(states, count))) != recorded:
                for changed in reversed(paths[number:]):  # from the last, so that a kill leaves the first parts
                    changed.unlink()
                break
        return before - self.finished

    @property
    def finished(self) -> int:
        """Return the number of rows in the finished parts."""
        paths = self._paths()
        if not paths:
            return 0
        with paths[-1].open(encoding="utf-8") as file:
            return (len(paths) - 1) * ROWS + sum(1 for _ in file) - 1

    def add(self, rows: list[list[Value]], states: list[list[int]]) -> None:
        """Write the next part: `ROWS` rows, or fewer in the last one, below the digest of their pictures' states."""
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)  # a table's infinite numbers become Infinity
        text = "".join(f"{line}\n" for line in (value_sha256(states), *lines))
        write_text(self._folder / f"part-{len(self._paths()):08d}", text)

    def __iter__(self) -> Iterator[list[list[Value]]]:
        """Yield the rows of each part."""
        for path in self._paths():
            with path.open(encoding="utf-8") as file:
                next(file)  # the digest
                yield [json.loads(line) for line in file]

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob("part-*"))


def parts_folder(output: Path) -> Path:
    """Return the folder that holds the unfinished parts of an output."""
    return output.parent / f".{output.name}.parts"


def lock_parts(folder: Path, output: Path) -> IO[str]:
    """Create a folder of unfinished parts, and lock it until the returned file is closed.

    Raises:
        InputError: If another run has locked it.
    """
    if (lock := lock_folder(folder)) is None:
        raise InputError(f"{output} is being written by another run; wait, or give another name")
    return lock


def extent_of(parts: Iterable[list[list[Value]]], *, columns: int) -> Extent:
    """Return the extent of all rows, which have this number of columns and are read once."""
    count, longest, gaps = 0, [1] * columns, [False] * columns
    for rows in parts:
        count += len(rows)
        for row in rows:
            for index, value in enumerate(row):
                if value is None:
                    gaps[index] = True
                elif isinstance(value, str):
                    longest[index] = max(longest[index], len(value))
    return Extent(count, longest, gaps)
