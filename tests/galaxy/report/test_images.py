import base64
import io

import numpy as np
import pytest
from PIL import Image

from galaxy.report.images import attention_uri, galaxy_uri


def decode(uri: str) -> np.ndarray:
    head, _, body = uri.partition(",")
    assert head == "data:image/webp;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))


def test_a_galaxy_is_reduced_but_never_enlarged() -> None:
    big = np.full((256, 256, 3), (200, 100, 50), np.uint8)
    shown = decode(galaxy_uri(big, size=96))
    assert shown.shape == (96, 96, 3)
    assert np.abs(shown.astype(int) - (200, 100, 50)).max() <= 6
    assert decode(galaxy_uri(big[:40, :40])).shape == (40, 40, 3)
    assert galaxy_uri(big) == galaxy_uri(big)


@pytest.mark.filterwarnings("error")
def test_attention_has_one_pixel_for_each_patch() -> None:
    attention = np.zeros((2, 3), np.float32)
    attention[0, 2], attention[1, 0] = 7, 3.5
    shown = decode(attention_uri(attention))[..., :3].astype(int)
    assert shown.shape == (2, 3, 3)
    assert shown[0, 2].tolist() == [252, 255, 164]
    assert shown[1, 0].tolist() == [188, 55, 84]  # half of the largest value: the middle colour, not smoothed
    assert (shown[0, :2] == [4, 4, 20]).all()
    assert decode(attention_uri(np.ones((2, 2), np.float32))).max() < 40  # even attention: no division by zero
