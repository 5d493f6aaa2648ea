import hashlib

import numpy as np
import pytest

from galaxy.data.fingerprint import Fingerprints
from tests.galaxy_files import noise


@pytest.mark.parametrize(("size", "side"), [(32, 16), (16, 16), (8, 8)])
def test_blocks_give_the_digest_and_the_average_of_each_image(size: int, side: int) -> None:
    images = noise(5, size)
    found = Fingerprints(5, size=size)
    found.add(0, images[:2])
    found.add(2, images[2:])
    assert found.thumbnail.shape == (5, side, side, 3)
    for row, image in enumerate(images):
        assert found.digest[row].tobytes() == hashlib.sha256(image.tobytes()).digest()
    step = size // side
    mean = images.reshape(5, side, step, side, step, 3).mean(axis=(2, 4))
    assert np.abs(found.thumbnail - mean).max() <= 0.5
