"""Pictures with their class probabilities and features, batch by batch, in memory that does not grow with them."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.predict.options import Options
from galaxy.predict.picture import Picture
from galaxy.predict.read_ahead import read_ahead
from galaxy.predict.readers.open_inputs import Inputs
from galaxy.predict.row import Row


@dataclass(frozen=True, eq=False)
class Batch:
    """Pictures that a row has classified.

    Attributes:
        pictures: The n pictures, with images of the row's size.
        probability: (n, K) class probabilities.
        features: (n, D) features.
    """

    pictures: list[Picture]
    probability: NDArray[np.float64]
    features: NDArray[np.float32]


class Stream:
    """The pictures of some inputs, read ahead in threads while the network computes.

    Args:
        row: The row that is applied.
        inputs: Where the pictures come from.
        options: How they are prepared.
        workers: Number of reading threads.
        title: Title of the progress bar.
        wanted: Returns whether the picture at a position is wanted; None reads all pictures.

    Attributes:
        seen: Number of pictures in the batches.
        unreadable: Number of wanted pictures that could not be used.
        reason: Name of the first of these, and why it could not be used.
    """

    def __init__(
        self,
        row: Row,
        inputs: Inputs,
        options: Options,
        *,
        workers: int,
        title: str,
        wanted: Callable[[int], bool] | None = None,
    ) -> None:
        self._row = row
        self._inputs = inputs
        self._options = options
        self._workers = workers
        self._title = title
        self._wanted = wanted
        self.seen = 0
        self.unreadable = 0
        self.reason = ""

    def __iter__(self) -> Iterator[Batch]:
        """Yield batches of the pictures that can be used, in their order."""
        prepare = self._options.preparation(self._row.description)
        pictures = self._usable(read_ahead(self._inputs.chunks(0), prepare, workers=self._workers))
        while some := list(islice(pictures, self._row.batch_size)):
            images = np.stack([picture.image for picture in some if picture.image is not None])
            turned = self._options.symmetries
            probability, features = self._row.classify(images, symmetries=turned, mean_features=turned)
            self.seen += len(some)
            yield Batch(some, probability, features)

    def _usable(self, pictures: Iterator[Picture]) -> Iterator[Picture]:
        total = self._inputs.count
        with tqdm(total=total, desc=self._title, unit="galaxy", disable=None, file=sys.stderr) as bar:
            for position, picture in enumerate(pictures):
                bar.update()
                if self._wanted is not None and not self._wanted(position):
                    continue
                if picture.image is None:
                    self.unreadable += 1
                    self.reason = self.reason or f"{picture.id}: {picture.reason}"
                    continue
                yield picture
