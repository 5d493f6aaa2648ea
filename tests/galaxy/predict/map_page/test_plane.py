import numpy as np
import pytest

from galaxy.errors import InputError
from galaxy.predict.map_page.plane import check_method, to_clusters, to_plane


def test_the_plane_holds_the_largest_part_of_the_variance() -> None:
    features = np.random.default_rng(0).normal(size=(200, 6)) * [1, 9, 1, 4, 1, 1]
    plane = to_plane(features, method="pca")
    centred = features - features.mean(axis=0)
    values = np.linalg.svd(centred, compute_uv=False)
    np.testing.assert_allclose(np.square(plane).sum(axis=0), np.square(values[:2]), rtol=1e-5)
    assert abs(np.corrcoef(plane[:, 0], features[:, 1])[0, 1]) > 0.99


def test_features_on_a_line_have_a_second_coordinate_of_zero() -> None:
    plane = to_plane(np.arange(5.0)[:, None] * np.ones((1, 1)), method="pca")
    assert plane.shape == (5, 2)
    assert not plane[:, 1].any()


def test_clusters_are_numbered_by_size() -> None:
    generator = np.random.default_rng(1)
    groups = np.repeat([0, 1, 2], [10, 30, 20])
    features = np.eye(3)[groups] * 50 + generator.normal(size=(60, 3))
    cluster = to_clusters(features, count=3)
    assert {(int(a), int(b)) for a, b in zip(groups, cluster, strict=True)} == {(0, 2), (1, 0), (2, 1)}
    assert set(to_clusters(np.repeat(np.eye(2), 3, axis=0), count=5).tolist()) == {0, 1}


def test_unknown_methods_are_refused() -> None:
    with pytest.raises(InputError, match="allowed are pca and umap"):
        check_method("tsne")
