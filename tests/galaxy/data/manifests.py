"""A manifest of a few galaxies."""

import numpy as np

from galaxy.data.manifest import Manifest, galaxy_ids


def make_manifest(count: int = 6) -> Manifest:
    """Return a manifest of two classes in all splits; one galaxy has no position."""
    rows = np.arange(count, dtype=np.int64)
    ra = np.linspace(0, 359.9, count)
    ra[1] = np.nan
    return Manifest(
        id=galaxy_ids("ab" * 32, rows),
        row=rows,
        ra=ra,
        dec=np.where(np.isnan(ra), np.nan, -1e-7),
        label=rows % 2,
        group=rows,
        split=np.resize(np.array(["train", "train", "validation", "validation", "test", "test"]), count),
        sha256="",
    )
