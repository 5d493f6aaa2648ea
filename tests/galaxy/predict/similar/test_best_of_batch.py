import importlib.util

import numpy as np
import pytest

from galaxy.predict.similar.best_of_batch import best_of_batch
from galaxy.predict.similar.nearest import directions

HAS_FAISS = importlib.util.find_spec("faiss") is not None


@pytest.mark.parametrize(
    "with_faiss",
    [False, pytest.param(True, marks=pytest.mark.skipif(not HAS_FAISS, reason="faiss is not installed"))],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of faiss's wrapper
def test_finds_the_nearest_and_their_distances(with_faiss: bool) -> None:
    generator = np.random.default_rng(0)
    wanted, batch = directions(generator.normal(size=(5, 16))), directions(generator.normal(size=(64, 16)))
    place, distance = best_of_batch(wanted, batch, 9, with_faiss=with_faiss)
    expected = 1 - wanted @ batch.T
    np.testing.assert_array_equal(place, np.argsort(expected, axis=1)[:, :9])
    np.testing.assert_allclose(distance, np.sort(expected, axis=1)[:, :9], atol=1e-14)
    whole, _ = best_of_batch(wanted, batch, 100, with_faiss=with_faiss)
    np.testing.assert_array_equal(whole, np.argsort(expected, axis=1))
