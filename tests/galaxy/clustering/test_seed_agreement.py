import numpy as np

from galaxy.clustering.seed_agreement import seed_agreement


def test_renamed_clusters_agree_and_independent_ones_do_not() -> None:
    rng = np.random.default_rng(0)
    first = rng.integers(0, 4, 5000)
    index = seed_agreement(np.stack([first, np.array([2, 0, 3, 1])[first], rng.integers(0, 4, 5000)]))
    assert index.shape == (3, 3)
    assert index[0, 1] == index[1, 0] == 1
    assert abs(index[0, 2]) < 0.01
    assert (np.diag(index) == 1).all()
