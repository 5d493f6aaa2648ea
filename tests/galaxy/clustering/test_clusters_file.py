from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from galaxy.clustering.clusters_file import Clusters, load_clusters, save_clusters
from galaxy.errors import InputError

CLUSTERS = Clusters(
    id=np.array(["a-0", "a-1", "a-2"]),
    split=np.array(["train", "validation", "test"]),
    label=np.array([0, 1, 1]),
    seed=np.array([0, 1]),
    cluster=np.array([[0, 1, 3], [2, 2, 0]]),
    assigned_class=np.array([[0, 1, 1, 0], [1, 0, 1, 0]]),
    distance=np.linspace(0, 1, 24, dtype=np.float32).reshape(2, 3, 4),
    classes=np.array(["smooth", "spiral"]),
    manifest="0" * 64,
    agreement=np.array([[1.0, 0.25], [0.25, 1.0]]),
    also=np.array(["spectral"]),
    also_cluster=np.array([[3, 2, 1]]),
    also_assigned_class=np.array([[0, 0, 1, 1]]),
)
"""Two clusterings of three galaxies into four clusters, and a further one."""


def test_what_is_written_is_read_again_and_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    save_clusters(tmp_path / "one.npz", CLUSTERS)
    save_clusters(tmp_path / "two.npz", load_clusters(tmp_path / "one.npz"))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    found = load_clusters(tmp_path / "two.npz")
    for field in fields(Clusters):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(CLUSTERS, field.name))
        assert np.asarray(getattr(found, field.name)).dtype == np.asarray(getattr(CLUSTERS, field.name)).dtype


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"distance": np.zeros((2, 3), np.float32)}, "it must be (seeds, galaxies, clusters), each above 0"),
        ({"distance": np.zeros((2, 0, 4), np.float32)}, "it must be (seeds, galaxies, clusters), each above 0"),
        ({"distance": np.full((2, 3, 4), np.nan, np.float32)}, "distance contains NaN or infinity"),
        ({"agreement": np.full((2, 2), np.inf)}, "agreement contains NaN or infinity"),
        ({"cluster": np.array([[0, 1, 4], [2, 2, 0]])}, "cluster has values from 0 to 4; they must be between 0 and 3"),
        ({"assigned_class": np.full((2, 4), 2)}, "assigned_class has values from 2 to 2; they must be between 0 and 1"),
        ({"label": np.array([0, -1, 1])}, "label has values from -1 to 1; they must be between 0 and 1"),
        ({"also_cluster": np.array([[9, 2, 1]])}, "also_cluster has values from 1 to 9"),
        ({"seed": np.array([0])}, "seed has shape (1,) and type int64; with distances of shape (2, 3, 4) it must"),
        ({"label": np.array([0.0, 1.0, 1.0])}, "label has shape (3,) and type float64"),
        ({"label": np.array([0.0, 1.0, 1.0])}, "it must have shape (3,) and contain signed integers"),
        ({"id": np.array(["a-0", "a-1"])}, "id has shape (2,)"),
        ({"also": np.array("spectral")}, "also has shape () and type <U8"),
        ({"classes": np.array([0, 1])}, "classes has shape (2,) and type int64"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError) as caught:
        replace(CLUSTERS, **changes)
    assert said in str(caught.value)


def test_a_file_of_wrong_content_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "clusters.npz"
    arrays: dict[str, Any] = {field.name: np.asarray(getattr(CLUSTERS, field.name)) for field in fields(Clusters)}
    np.savez_compressed(path, **(arrays | {"label": np.array([0, 1, 2])}))
    with pytest.raises(InputError) as caught:
        load_clusters(path)
    assert str(caught.value) == (
        f"{path}: label has values from 0 to 2; they must be between 0 and 1; run stages.kmeans_hungarian again"
    )
    del arrays["agreement"]
    np.savez_compressed(path, **arrays)
    with pytest.raises(InputError, match="agreement"):
        load_clusters(path)
