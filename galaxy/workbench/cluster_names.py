"""Which rows of clusters the pipeline's files hold, without opening one."""

from pathlib import Path

CLUSTERS = "-kmeans"
"""Ending of the names of rows of clusters, all but one."""

BEST = "dino-best"
"""Name of the row of clusters that do not react to orientation and size."""


def cluster_rows(root: Path) -> list[str]:
    """Names of the rows of clusters that can be opened.

    Args:
        root: Folder of the pipeline's files.
    """
    names = sorted(path.stem for path in (root / "clusters").glob("*.npz"))
    return [
        name
        for name in names
        if (name == BEST or name.endswith(CLUSTERS)) and (root / "pca" / f"{name.removesuffix(CLUSTERS)}.npz").is_file()
    ]
