"""From the HDF5 file to manifest and image store, each image decoded once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.data.chunked_images import iterate_slabs
from galaxy.data.conflicts import SAME_POSITION, conflicting_pairs, identical_pairs
from galaxy.data.fingerprint import Fingerprints
from galaxy.data.groups import group_numbers
from galaxy.data.layout import GalaxyFile
from galaxy.data.manifest import Manifest, galaxy_ids
from galaxy.data.near_identical import near_identical_pairs
from galaxy.data.positions import close_pairs
from galaxy.data.resample import AreaResampler
from galaxy.data.split import split_galaxies
from galaxy.data.store_writer import StoreWriter


@dataclass(frozen=True, eq=False)
class Relations:
    """What binds galaxies together: `group` (N,) by position and likeness, `conflicting` (C,) rows to drop or keep."""

    group: NDArray[np.int64]
    conflicting: NDArray[np.int64]


def stream_images(
    galaxies: GalaxyFile, writer: StoreWriter, *, crop: int | None, size: int, progress: bool = False
) -> Fingerprints:
    """Send every image through crop and resampling to the store; its fingerprint is of the same decoded bytes."""
    resample = AreaResampler(source=galaxies.size, crop=crop, size=size)
    fingerprints = Fingerprints(len(galaxies), size=galaxies.size)
    with tqdm(total=len(galaxies), desc="store", unit="galaxy", disable=None if progress else True) as bar:
        for start, images in iterate_slabs(galaxies):
            fingerprints.add(start, images)
            writer.append(resample(images))
            bar.update(len(images))
    return fingerprints


def relate(
    galaxies: GalaxyFile, fingerprints: Fingerprints, *, group_radius: float, group_images: float | None
) -> Relations:
    """Which galaxies belong together, and which contradict each other.

    A group is friends of friends: closer than `group_radius` (arcsec), with thumbnails closer than `group_images`
    (levels of 255; None leaves images out), or of the same pixels. Two galaxies contradict each other when they stand
    at the same position or have the same pixels, and their labels differ.
    """
    near, separation = close_pairs(galaxies.ra, galaxies.dec, radius=max(group_radius, SAME_POSITION))
    doubled, near = near[separation <= SAME_POSITION], near[separation <= group_radius + 1e-9]
    identical = identical_pairs(fingerprints.digest)
    alike = [] if group_images is None else [near_identical_pairs(fingerprints.thumbnail, distance=group_images)]
    group = group_numbers(len(galaxies), near, identical, *alike)
    same = group_numbers(len(galaxies), doubled, identical)
    rows = np.arange(len(galaxies))
    torn = conflicting_pairs(galaxies.label, np.stack([same, rows], axis=1))
    return Relations(group=group, conflicting=np.flatnonzero(np.isin(same, same[torn[:, 0]])))


def make_manifest(
    galaxies: GalaxyFile,
    fingerprints: Fingerprints,
    relations: Relations,
    *,
    file_sha256: str,
    drop_conflicts: bool,
    validation: float,
    test: float,
    seed: int,
) -> Manifest:
    """Split the galaxies; those that contradict each other are left out with `drop_conflicts`.

    The `sha256` of the result is empty: it is a file's, and there is none yet.
    """
    rows = np.arange(len(galaxies))
    if drop_conflicts:
        rows = np.setdiff1d(rows, relations.conflicting)
    split = split_galaxies(
        galaxies.label[rows],
        relations.group[rows],
        fingerprints.digest[rows],
        class_names=galaxies.class_names,
        validation=validation,
        test=test,
        seed=seed,
    )
    return Manifest(
        id=galaxy_ids(file_sha256, rows),
        row=rows,
        ra=galaxies.ra[rows],
        dec=galaxies.dec[rows],
        label=galaxies.label[rows],
        group=_first_kept(relations.group[rows], rows),
        split=split,
        sha256="",
    )


def _first_kept(group: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    _, first, inverse = np.unique(group, return_index=True, return_inverse=True)
    return rows[first][inverse]
