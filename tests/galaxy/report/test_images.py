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
    shown = decode(galaxy_uri(big))
    assert shown.shape == (96, 96, 3)
    assert np.abs(shown.astype(int) - (200, 100, 50)).max() <= 6
    assert decode(galaxy_uri(big[:40, :40])).shape == (40, 40, 3)
    assert galaxy_uri(big) == galaxy_uri(big)


@pytest.mark.filterwarnings("error")
def test_attention_is_bright_where_it_is_large() -> None:
    attention = np.zeros((4, 4), np.float32)
    attention[0, 3] = 7
    shown = decode(attention_uri(attention, size=64)).astype(int).sum(axis=2)
    assert shown[4, 60] > 500
    assert shown[60, 4] < 100
    assert (
        decode(attention_uri(np.ones((2, 2), np.float32))).max() < 40
    )  # even attention: dark, and no division by zero
