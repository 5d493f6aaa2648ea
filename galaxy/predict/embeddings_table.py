"""Splits rows that end with features into two tables: the columns alone, and ids with features.

Both tables are read part by part, and can be read several times.
"""

from collections.abc import Iterable, Iterator

from galaxy.predict.columns import Column
from galaxy.predict.picture import Value

Parts = Iterable[list[list[Value]]]


class WithoutFeatures:
    """The table of the columns without features.

    Args:
        parts: Rows in parts.
        width: Number of columns before the features.
    """

    def __init__(self, parts: Parts, width: int) -> None:
        self._parts = parts
        self._width = width

    def __iter__(self) -> Iterator[list[list[Value]]]:
        """Yield the rows of each part."""
        for rows in self._parts:
            yield [row[: self._width] for row in rows]


class EmbeddingsTable:
    """The table of ids and features, of the rows that have features.

    Args:
        parts: Rows in parts, whose first column is the id.
        width: Number of columns before the features.
    """

    def __init__(self, parts: Parts, width: int) -> None:
        self._parts = parts
        self._width = width

    @property
    def columns(self) -> list[Column]:
        """Return the columns `id`, `feature_0`, `feature_1` and so on."""
        first = next((row for rows in self for row in rows), [None])
        return [Column("id", "text"), *(Column(f"feature_{number}", "single") for number in range(len(first) - 1))]

    def __iter__(self) -> Iterator[list[list[Value]]]:
        """Yield the rows of each part."""
        for rows in self._parts:
            yield [[row[0], *row[self._width :]] for row in rows if len(row) > self._width]
