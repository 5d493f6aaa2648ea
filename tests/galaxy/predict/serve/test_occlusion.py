from typing import Any

import numpy as np
from numpy.typing import NDArray

from galaxy.predict.serve.occlusion import PATCHES, occlusion_map


class Bright:
    """A row whose first class is as probable as one pixel is bright."""

    def classify(self, images: NDArray[np.uint8], **_: Any) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        share = images[:, 20, 9, 0] / 255
        return np.stack([share, 1 - share], axis=1), np.zeros((len(images), 1), np.float32)


def test_only_the_square_that_matters_lowers_the_probability() -> None:
    image = np.full((32, 32, 3), 51, np.uint8)
    image[20, 9] = 204
    falls = occlusion_map(Bright(), image, target=0)  # type: ignore[arg-type]
    expected = np.zeros((PATCHES, PATCHES))
    expected[20 // 4, 9 // 4] = 0.8 - 0.2  # the square takes the colour of the border
    np.testing.assert_allclose(falls, expected, atol=1e-12)
    np.testing.assert_allclose(occlusion_map(Bright(), image, target=1), -expected, atol=1e-12)  # type: ignore[arg-type]
