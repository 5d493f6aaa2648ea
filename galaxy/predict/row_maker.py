"""Makes rows of the output: prepares and classifies pictures, and compares them with the validation galaxies."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from galaxy.predict.columns import row_values
from galaxy.predict.conformal import threshold
from galaxy.predict.options import Options
from galaxy.predict.picture import Chunk, Picture, Value
from galaxy.predict.read_ahead import read_ahead
from galaxy.predict.reference import Reference
from galaxy.predict.row import Row
from galaxy.predict.unlike import Unlike


@dataclass(frozen=True)
class Block:
    """Rows of the output, the states of their pictures, and the number of rows whose pixel scale is unknown."""

    rows: list[list[Value]]
    states: list[list[int]]
    unknown_scale: int


class RowMaker:
    """Makes the row of each picture.

    Args:
        row: The row that classifies.
        options: How pictures are read and classified.
        reference: Validation galaxies, for the columns `set` and `unlike`; None leaves these empty.
        further: Names of the further columns.
    """

    def __init__(self, row: Row, options: Options, reference: Reference | None, further: Sequence[str]) -> None:
        self._prepare = options.preparation(row.description)
        self._row = row
        self._symmetries = options.symmetries
        self._further = further
        self._top_k = options.top_k
        self._embeddings = options.embeddings
        self._least: float | None = None
        self._unlike: Unlike | None = None
        if reference is not None:
            self._least = threshold(reference.probability, reference.label, coverage=options.coverage)
            self._unlike = Unlike(reference.features)

    def blocks(self, chunks: Iterable[Chunk], *, workers: int) -> Iterator[Block]:
        """Yield the rows of all pictures, a batch at a time; `workers` threads read and prepare them meanwhile."""
        pictures = read_ahead(chunks, self._prepare, workers=workers)
        while batch := list(islice(pictures, self._row.batch_size)):
            unknown = sum(picture.image is not None and np.isnan(picture.pixel_scale) for picture in batch)
            yield Block(self._rows(batch), [picture.state for picture in batch], int(unknown))

    def _rows(self, batch: Sequence[Picture]) -> list[list[Value]]:
        images = [picture.image for picture in batch if picture.image is not None]
        # Of the pictures that could be read, in order.
        found: Iterator[tuple[NDArray[np.float64], float | None, NDArray[np.float32]]] = iter(())
        if images:
            probability, features = self._row.classify(np.stack(images), symmetries=self._symmetries)
            distance = [None] * len(images) if self._unlike is None else self._unlike(features).tolist()
            found = zip(probability, distance, features, strict=True)
        rows = []
        for picture in batch:
            one, away, seen = next(found) if picture.image is not None else (None, None, None)
            values = row_values(
                picture,
                one,
                away,
                classes=self._row.description.classes,
                further=self._further,
                least=self._least,
                top_k=self._top_k,
            )
            # Features stand behind the columns, and are missing where there is no image.
            rows.append(values + (seen.tolist() if self._embeddings and seen is not None else []))
        return rows
