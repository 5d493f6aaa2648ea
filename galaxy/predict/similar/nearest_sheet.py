"""Lays out the contact sheet of nearest galaxies."""

from collections.abc import Sequence

from galaxy.models.saved_network import Description
from galaxy.predict.picture import Picture
from galaxy.predict.sheets.sheet import Group, Item, Sheet
from galaxy.predict.similar.nearest import Neighbour
from galaxy.report.sky_viewer import viewer_address


def nearest_sheet(
    row: Description, queries: Sequence[Picture], found: Sequence[Sequence[Neighbour]], compared: int
) -> Sheet:
    """Lay out the neighbours of each galaxy beside it.

    Args:
        row: The row whose features were compared.
        queries: The galaxies whose neighbours were looked for.
        found: Their neighbours.
        compared: Number of galaxies in the collection.
    """
    groups = [
        Group(
            heading=query.id,
            items=[_item(one, rank, row) for rank, one in enumerate(neighbours, start=1)],
            beside=None if query.image is None else Item(query.image, "the galaxy looked for"),
        )
        for query, neighbours in zip(queries, found, strict=True)
    ]
    note = (
        f"The nearest of {compared:,} galaxies by the features of {row.row}. The distance is 1 minus the "
        "cosine of the angle between the features; the class is the row's prediction."
    )
    return Sheet("Similar galaxies", note, groups)


def _item(one: Neighbour, rank: int, row: Description) -> Item:
    best, picture = int(one.probability.argmax()), one.picture
    if picture.image is None:
        raise ValueError("a neighbour without an image")
    lines = [picture.id, f"distance {one.distance:.3f}", row.classes[best]]
    return Item(picture.image, str(rank), lines, viewer_address(picture.ra, picture.dec))
