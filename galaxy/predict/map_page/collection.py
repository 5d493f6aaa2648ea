"""The galaxies of a map: a stream of pictures, of which features, thumbnails and a few facts are kept."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from galaxy.counted import counted
from galaxy.data.class_names import MAX_CLASSES
from galaxy.errors import InputError
from galaxy.predict.map_page.atlas import Atlas
from galaxy.predict.options import Options
from galaxy.predict.readers.open_inputs import Inputs
from galaxy.predict.row import Row
from galaxy.predict.similar.nearest import directions
from galaxy.predict.stream import Stream

LEAST = 3
"""Smallest number of galaxies for which a map can be drawn."""


@dataclass(eq=False)
class Collection:
    """N galaxies of a map.

    Attributes:
        atlas: Their thumbnails.
        id: Their names.
        ra: Right ascensions in degrees, None where unknown.
        dec: Declinations in degrees, None where unknown.
        column_value: Value of the requested column, None where there is none.
        predicted: Most probable class of each.
        confidence: Its probability.
        features: (N, D), each divided by its length.
        unreadable: Number of pictures that could not be used.
        left_out: Number of pictures that were left out because there were too many.
        skipped: What folders and archives contain besides pictures, by ending or kind.
    """

    atlas: Atlas
    id: list[str] = field(default_factory=list)
    ra: list[float | None] = field(default_factory=list)
    dec: list[float | None] = field(default_factory=list)
    column_value: list[str | None] = field(default_factory=list)
    predicted: list[int] = field(default_factory=list)
    confidence: list[float] = field(default_factory=list)
    features: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    unreadable: int = 0
    left_out: int = 0
    skipped: Counter[str] = field(default_factory=Counter)


def collect_stored(
    row: Row, images: NDArray[np.uint8], *, ids: Sequence[str], ra: Sequence[float | None], dec: Sequence[float | None]
) -> Collection:
    """Classify and embed galaxies whose images are already prepared.

    Args:
        row: The row whose features and predictions are shown.
        images: (N, S, S, 3), of the size that the row was trained at.
        ids: Their names.
        ra: Right ascensions in degrees, None where unknown.
        dec: Declinations in degrees, None where unknown.

    Returns:
        The N galaxies, in the order of the images.
    """
    size = row.batch_size
    parts = [row.classify(images[first : first + size]) for first in range(0, len(images), size)]
    probability = np.concatenate([found for found, _ in parts])
    collection = Collection(Atlas(len(images), size=row.description.size), id=list(ids), ra=list(ra), dec=list(dec))
    for image in images:
        collection.atlas.add(image)
    collection.column_value = [None] * len(images)
    collection.predicted, collection.confidence = probability.argmax(axis=1).tolist(), probability.max(axis=1).tolist()
    collection.features = np.concatenate([directions(features) for _, features in parts]).astype(np.float32)
    return collection


def collect(
    row: Row, inputs: Inputs, options: Options, *, most: int, class_column: str | None, workers: int
) -> Collection:
    """Read, classify and embed the galaxies of a map.

    Args:
        row: The row whose features and predictions are shown.
        inputs: The pictures.
        options: How they are prepared.
        most: Largest number of galaxies; of a larger collection this many are taken, evenly spaced in its order.
        class_column: Column of a table with the class of each galaxy; None for none.
        workers: Number of reading threads.

    Returns:
        The galaxies whose pictures could be used, in the order of the inputs.

    Raises:
        InputError: If there are fewer than `LEAST` pictures that can be used, a tar archive holds more than `most`, or
            there is no such column or it has more than `MAX_CLASSES` values.
    """
    column = None if class_column is None else inputs.column(class_column)
    if class_column is not None and column is None:
        has = ", ".join(inputs.further) or "no such columns"
        raise InputError(f"there is no column {class_column!r}; the inputs have {has}")
    wanted, left_out = _sample(inputs.count, most)
    expected = min(most, most if inputs.count is None else inputs.count)
    found = Collection(Atlas(expected, size=row.description.size), left_out=left_out)
    stream = Stream(row, inputs, options, workers=workers, title="map", wanted=wanted)
    features: list[NDArray[np.float32]] = []
    named: set[str] = set()
    for batch in stream:
        if len(found.id) + len(batch.pictures) > most:
            raise InputError(f"the archive holds more than {most} pictures; unpack it, or raise --most")
        features.append(directions(batch.features).astype(np.float32))
        found.predicted += batch.probability.argmax(axis=1).tolist()
        found.confidence += batch.probability.max(axis=1).tolist()
        for picture in batch.pictures:
            if picture.image is not None:
                found.atlas.add(picture.image)
            found.id.append(picture.id)
            found.ra.append(None if np.isnan(picture.ra) else picture.ra)
            found.dec.append(None if np.isnan(picture.dec) else picture.dec)
            value = None if column is None else picture.further.get(column)
            found.column_value.append(None if value is None or value == "" else str(value))
        named |= {value for value in found.column_value[-len(batch.pictures) :] if value is not None}
        if len(named) > MAX_CLASSES:
            raise InputError(
                f"column {class_column!r} has {len(named)} different values or more, and at most {MAX_CLASSES} classes "
                "can be told apart; give the column of the classes"
            )
    found.unreadable, found.skipped = stream.unreadable, inputs.skipped
    if len(found.id) < LEAST:
        reason = f" ({stream.reason})" if stream.reason else ""
        raise InputError(f"{counted(len(found.id), 'picture')} can be used{reason}; a map needs at least {LEAST}")
    found.features = np.concatenate(features)
    return found


def _sample(count: int | None, most: int) -> tuple[Callable[[int], bool] | None, int]:
    if count is None or count <= most:
        return None, 0
    chosen = set(np.linspace(0, count - 1, most).round().astype(np.int64).tolist())
    return chosen.__contains__, count - len(chosen)
