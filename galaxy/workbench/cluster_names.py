"""Which rows of clusters the pipeline's files hold, without opening one."""

from pathlib import Path

CLUSTERS = "-kmeans"
"""Ending of the names of rows of clusters."""


def cluster_rows(root: Path) -> list[str]:
    """Names of the rows of clusters that can be opened.

    Args:
        root: Folder of the pipeline's files.
    """
    found = sorted((root / "clusters").glob(f"*{CLUSTERS}.npz"))
    return [path.stem for path in found if (root / "pca" / f"{path.stem.removesuffix(CLUSTERS)}.npz").is_file()]
