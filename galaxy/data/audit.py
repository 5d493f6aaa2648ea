"""Examines a file of galaxies: rendered galaxies, the published file or a user's own file."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.classes import GALAXY10_CLASSES, GALAXY10_COUNTS
from galaxy.data.chunked_images import iterate_blocks
from galaxy.data.close_pairs import close_pairs
from galaxy.data.conflicts import SAME_POSITION, conflicting_pairs
from galaxy.data.cutouts import CutoutProblems
from galaxy.data.fingerprint import Fingerprints
from galaxy.data.layout import GalaxyFile, open_galaxies
from galaxy.data.near_identical import near_identical_pairs
from galaxy.errors import InputError

CLOSE = 10.0
"""Separation in arcsec. Two entries that are closer are usually one galaxy that was measured twice."""

MAX_LISTED = 200
"""Number of rows, or pairs of rows, listed for each finding; the full number is given beside the list."""


def audit_file(path: Path, *, sha256: str, name: Path | None = None, progress: bool = False) -> dict[str, Any]:
    """Examine a file of galaxies, reading every pixel once, block by block.

    Args:
        path: A file in Galaxy10's layout.
        sha256: SHA-256 of the file, which becomes part of the findings.
        name: Name of the file in messages; None for `path`.
        progress: Whether to show a progress bar on a terminal.

    Returns:
        The findings as values of JSON. Rows count from 0, and lists are cut at `MAX_LISTED`.

    Raises:
        InputError: If the file departs from the layout, is damaged, or all its pixels are equal.
    """
    with open_galaxies(path, name=name) as galaxies:
        fingerprints = Fingerprints(len(galaxies), size=galaxies.size)
        problems = CutoutProblems()
        with tqdm(total=len(galaxies), desc="audit", unit="galaxy", disable=None if progress else True) as bar:
            for start, images in iterate_blocks(galaxies):
                fingerprints.add(start, images)
                problems.add(start, images)
                bar.update(len(images))
        if problems.darkest == problems.brightest:
            raise InputError(
                f"{galaxies.path}: all pixels have the value {problems.darkest}; give a file of pictures of galaxies"
            )
        found: dict[str, Any] = {"sha256": sha256, "bytes": path.stat().st_size, **_layout(galaxies)}
        found |= _unusable(galaxies) | _positions(galaxies)
    pairs = near_identical_pairs(fingerprints.thumbnail)
    conflicts = conflicting_pairs(galaxies.label, pairs)
    found |= _listed("near_identical", pairs) | _listed("near_identical_conflicting", conflicts)
    for kind in ("blank", "saturated", "truncated"):
        found |= _listed(kind, np.array(getattr(problems, kind), dtype=np.int64))
    return found


def _layout(galaxies: GalaxyFile) -> dict[str, Any]:
    counts = np.bincount(galaxies.label, minlength=len(galaxies.class_names)).tolist()
    classes = dict(zip(galaxies.class_names, counts, strict=True))
    images = galaxies.images
    published = {"published_classes": GALAXY10_COUNTS} if list(classes) == list(GALAXY10_COUNTS) else {}
    return {
        "galaxies": len(galaxies),
        "size": galaxies.size,
        "chunks": "x".join(map(str, images.chunks)) if images.chunks else "contiguous",
        "compression": images.compression or "none",
        "classes": classes,
        **published,
        "class_names_in_file": galaxies.named,
        **_made_up_names(galaxies),
        "counts_as_published": classes == GALAXY10_COUNTS,
        "sorted_by_class": bool((np.diff(galaxies.label) >= 0).all()),
    }


def _made_up_names(galaxies: GalaxyFile) -> dict[str, str]:
    if galaxies.named or galaxies.class_names == GALAXY10_CLASSES:
        return {}
    return {"class_names_made_up": "the file names no classes; its attribute class_names can hold a list of names"}


def _unusable(galaxies: GalaxyFile) -> dict[str, int]:
    usable = {
        "redshift": np.isfinite(galaxies.redshift) & (galaxies.redshift > -0.01),  # Andromeda's is -0.001
        "pxscale": np.isfinite(galaxies.pxscale) & (galaxies.pxscale > 0),
    }
    counts = {"ra": galaxies.without_ra, "dec": galaxies.without_dec}
    counts |= {key: int((~values).sum()) for key, values in usable.items()}
    return {f"unusable_{key}": count for key, count in counts.items()}


def _positions(galaxies: GalaxyFile) -> dict[str, Any]:
    pairs, separation = close_pairs(galaxies.ra, galaxies.dec, radius=CLOSE)
    same, near = pairs[separation <= SAME_POSITION], pairs[separation > SAME_POSITION]
    return (
        _listed("same_position", same, rows=False)
        | _listed("same_position_conflicting", conflicting_pairs(galaxies.label, same))
        | _listed("within_10_arcsec", near, rows=False)
        | _listed("within_10_arcsec_conflicting", conflicting_pairs(galaxies.label, near))
    )


def _listed(kind: str, found: NDArray[np.int64], *, rows: bool = True) -> dict[str, Any]:
    return {kind: len(found)} | ({f"{kind}_rows": found[:MAX_LISTED].tolist()} if rows else {})
