"""Finds the rows of clusters by the names of the pipeline's files, without opening a file."""

from pathlib import Path

CLUSTERS = "-kmeans"
"""Ending of the names of all rows of clusters except `BEST`."""

BEST = "dino-best"
"""Name of the row of clusters that do not react to orientation and size."""


def cluster_rows(root: Path) -> list[str]:
    """Return the names of the rows of clusters that can be opened.

    Args:
        root: Folder of the pipeline's files.
    """
    names = sorted(path.stem for path in (root / "clusters").glob("*.npz"))
    return [
        name
        for name in names
        if (name == BEST or name.endswith(CLUSTERS)) and (root / "pca" / f"{name.removesuffix(CLUSTERS)}.npz").is_file()
    ]
