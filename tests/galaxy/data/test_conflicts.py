import numpy as np

from galaxy.data.conflicts import identical_pairs


def test_identical_pixels_pair_with_the_first() -> None:
    digest = np.zeros((6, 32), dtype=np.uint8)
    digest[[1, 3, 4]] = 7
    digest[5] = 9
    assert identical_pairs(digest).tolist() == [[0, 2], [1, 3], [1, 4]]
