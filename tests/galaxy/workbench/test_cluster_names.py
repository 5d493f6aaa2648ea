from pathlib import Path

from galaxy.workbench.cluster_names import cluster_rows


def test_rows_with_clusters_and_components_are_named_in_order(tmp_path: Path) -> None:
    assert cluster_rows(tmp_path) == []
    for name in ("clusters/pixels-kmeans", "clusters/dino-best", "clusters/dino-kmeans", "clusters/other"):
        (tmp_path / f"{name}.npz").parent.mkdir(exist_ok=True)
        (tmp_path / f"{name}.npz").touch()
    (tmp_path / "pca").mkdir()
    for name in ("pixels", "dino-best", "other"):
        (tmp_path / "pca" / f"{name}.npz").touch()
    assert cluster_rows(tmp_path) == ["dino-best", "pixels-kmeans"]  # dino's components are absent
