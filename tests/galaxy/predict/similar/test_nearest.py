import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from galaxy.predict.picture import Picture
from galaxy.predict.similar.nearest import Nearest
from galaxy.predict.stream import Batch


def batch(features: NDArray[np.float32], start: int) -> Batch:
    pictures = [Picture(str(start + number)) for number in range(len(features))]
    return Batch(pictures, np.full((len(features), 2), 0.5), features)


@pytest.mark.parametrize("step", [1, 7, 64, 500])
def test_is_exact_whatever_the_batches(step: int) -> None:
    generator = np.random.default_rng(0)
    features = generator.normal(size=(500, 16)).astype(np.float32)
    wanted = generator.normal(size=(5, 16)).astype(np.float32)
    nearest = Nearest(wanted, count=9)
    for start in range(0, 500, step):
        nearest.add(batch(features[start : start + step], start))
    expected = cdist(wanted.astype(np.float64), features.astype(np.float64), "cosine")
    for row, found in zip(expected, nearest.found(), strict=True):
        assert [int(one.picture.id) for one in found] == np.argsort(row)[:9].tolist()
        np.testing.assert_allclose([one.distance for one in found], np.sort(row)[:9], atol=1e-12)


def test_of_equally_near_ones_the_first_are_kept_in_their_order() -> None:
    features = np.ones((40, 3), dtype=np.float32)
    nearest = Nearest(features[:1], count=4)
    for start in range(0, 40, 8):
        nearest.add(batch(features[start : start + 8], start))
    assert [one.picture.id for one in nearest.found()[0]] == ["0", "1", "2", "3"]


def test_gives_all_where_there_are_fewer_than_wanted() -> None:
    nearest = Nearest(np.eye(3, dtype=np.float32)[:1], count=10)
    nearest.add(batch(np.zeros((2, 3), dtype=np.float32), 0))
    assert [one.distance for one in nearest.found()[0]] == [1.0, 1.0]
