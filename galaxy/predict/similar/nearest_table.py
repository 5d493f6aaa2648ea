"""The table of nearest galaxies."""

from collections.abc import Mapping, Sequence

import numpy as np

from galaxy.predict.columns import Column, free_name
from galaxy.predict.picture import Picture, Value
from galaxy.predict.similar.nearest import Neighbour
from galaxy.report.sky_viewer import viewer_address

_COLUMNS = [
    Column("query", "text"),
    Column("rank", "integer"),
    Column("id", "text"),
    Column("distance", "single"),
    Column("predicted", "text"),
    Column("confidence", "single"),
    Column("ra", "number"),
    Column("dec", "number"),
    Column("viewer", "text"),
]


def nearest_columns(further: Mapping[str, str]) -> list[Column]:
    """Return the columns, with further ones of the collection's table; one whose name is taken gets a suffix."""
    taken = [column.name for column in _COLUMNS]
    return [*_COLUMNS, *(Column(free_name(name, taken, further), kind) for name, kind in further.items())]


def nearest_rows(
    queries: Sequence[Picture], found: Sequence[Sequence[Neighbour]], classes: Sequence[str], further: Sequence[str]
) -> list[list[Value]]:
    """Return one row for each neighbour of each galaxy.

    Args:
        queries: The galaxies whose neighbours were looked for.
        found: Their neighbours.
        classes: Names of the classes.
        further: Names of the further columns.
    """
    rows: list[list[Value]] = []
    for query, neighbours in zip(queries, found, strict=True):
        for rank, one in enumerate(neighbours, start=1):
            best, picture = int(one.probability.argmax()), one.picture
            rows.append(
                [
                    query.id,
                    rank,
                    picture.id,
                    float(np.float32(one.distance)),
                    classes[best],
                    float(np.float32(one.probability[best])),
                    *(None if np.isnan(value) else value for value in (picture.ra, picture.dec)),
                    viewer_address(picture.ra, picture.dec),
                    *(picture.further.get(name) for name in further),
                ]
            )
    return rows
