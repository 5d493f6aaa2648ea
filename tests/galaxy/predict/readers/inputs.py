"""Five small pictures, and what is read of them."""

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np

from galaxy.predict.picture import Picture
from galaxy.predict.readers.open_inputs import open_inputs
from tests.galaxy.predict.rows import galaxies

IMAGES = galaxies(5, size=16)


def read(*paths: Path, skip: int = 0, **options: Any) -> list[Picture]:
    """Return the pictures of all inputs, without the first `skip`."""
    with ExitStack() as stack:
        return [picture for chunk in open_inputs(paths, stack=stack, **options).chunks(skip) for picture in chunk()]


def assert_images(pictures: list[Picture]) -> None:
    """Fail if these are not `IMAGES`, in this order."""
    assert len(pictures) == len(IMAGES)
    for picture, image in zip(pictures, IMAGES, strict=True):
        assert picture.image is not None, picture.reason
        np.testing.assert_array_equal(picture.image, image)
