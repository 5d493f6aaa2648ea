import numpy as np
import pytest

from galaxy.evaluation.cluster_scores import class_agreement, shuffled_agreement, silhouette


def test_by_hand() -> None:
    label = np.array([0, 0, 0, 1, 1, 1])
    result = class_agreement(np.array([0, 0, 1, 1, 2, 2]), label)
    assert result.purity == pytest.approx((2 + 1 + 2) / 6)
    same = class_agreement(np.array([5, 5, 5, 3, 3, 3]), label)
    assert (same.ari, same.nmi, same.purity) == pytest.approx((1, 1, 1))


def test_clusters_that_know_nothing_have_no_ari() -> None:
    rng = np.random.default_rng(0)
    result = class_agreement(rng.integers(0, 5, 5000), rng.integers(0, 5, 5000))
    assert abs(result.ari) < 0.005
    assert result.nmi < 0.005


def test_silhouette_of_distant_heaps_is_one() -> None:
    rng = np.random.default_rng(0)
    cluster = np.repeat([0, 1], 50)
    x = cluster[:, None] * 1000 + rng.standard_normal((100, 3))
    assert silhouette(x, cluster) > 0.99
    assert silhouette(x, cluster, sample=20) > 0.99
    assert np.isnan(silhouette(x, np.zeros(100, int)))


def test_shuffled_clusters_agree_with_classes_as_scikit_learn_says() -> None:
    rng = np.random.default_rng(4)
    cluster, label = rng.choice([0, 1, 2, 4], 60, p=[0.6, 0.2, 0.1, 0.1]), rng.integers(0, 3, 60)
    found = shuffled_agreement(cluster, label, draws=5, seed=7)
    again = np.random.default_rng(7)
    for draw in range(5):
        wanted = class_agreement(again.permutation(cluster), label)
        for name, values in found.items():
            assert values[draw] == pytest.approx(getattr(wanted, name), abs=1e-12), name
    assert found.keys() == {"ari", "nmi", "ami"}
