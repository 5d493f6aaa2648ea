import numpy as np
from scipy.spatial.distance import cdist

from galaxy.predict.unlike import NEIGHBOURS, Unlike


def test_shares_are_those_of_a_plain_computation() -> None:
    rng = np.random.default_rng(0)
    known, new = rng.normal(size=(40, 6)), rng.normal(size=(15, 6)) * 2
    own = cdist(known, known)
    np.fill_diagonal(own, np.inf)
    own_mean = np.sort(own, axis=1)[:, :NEIGHBOURS].mean(axis=1)
    mean = np.sort(cdist(new, known), axis=1)[:, :NEIGHBOURS].mean(axis=1)
    expected = [(own_mean < value).mean() for value in mean]
    np.testing.assert_allclose(Unlike(known)(new), expected)


def test_scale_and_direction_of_features_do_not_matter() -> None:
    rng = np.random.default_rng(1)
    known, new = rng.normal(size=(30, 4)), rng.normal(size=(10, 4))
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    np.testing.assert_allclose(Unlike(known @ turn * 7 + 3)(new @ turn * 7 + 3), Unlike(known)(new))


def test_far_is_one_and_near_is_none() -> None:
    known = np.random.default_rng(2).normal(size=(30, 4))
    assert Unlike(known)(np.full((1, 4), 100.0))[0] == 1.0
    assert Unlike(np.repeat(known, 6, axis=0))(known).max() == 0.0
