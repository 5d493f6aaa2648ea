"""Reads a published manifest, and checks that it fits the file of galaxies."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from galaxy.counted import counted
from galaxy.data.manifest import SPLITS, Manifest, read_manifest
from galaxy.digest import file_sha256
from galaxy.errors import InputError


def read_given(path: Path, *, sha256: str | None) -> Manifest:
    """Read a manifest, which must have this SHA-256 unless that is None.

    Raises:
        InputError: If it has another hash, or the file is not a manifest.
    """
    manifest = read_manifest(path)
    if sha256 is not None and file_sha256(path) != sha256:
        raise InputError(
            f"{path} has SHA-256 {manifest.sha256}, but {sha256} is expected; give the right file, or correct the hash"
        )
    return manifest


def check_given(given: Manifest, own: Manifest, *, path: Path) -> Manifest:
    """Take over the split of a given manifest, after checking that everything else in it fits.

    Args:
        given: The manifest; it must name the galaxies of `own` with the same labels and positions, keep each group on
            one side of the split and have every class on each side.
        own: The manifest made from the file of galaxies.
        path: Name of the given manifest in messages.

    Returns:
        The manifest `own` with the split of `given`.

    Raises:
        InputError: If it does not fit; the message names the first galaxy that does not.
    """
    source, ours = str(given.id[0])[:12], str(own.id[0])[:12]
    if source != ours:
        raise InputError(
            f"{path} describes the file with hash {source}..., but the galaxies are those of {ours}..."
            "; give the manifest of this file"
        )
    foreign, missing = np.setdiff1d(given.id, own.id), np.setdiff1d(own.id, given.id)
    for ids, what in ((foreign, "that no galaxy to split has"), (missing, "missing")):
        if len(ids):
            raise InputError(
                f"{path}: {counted(len(ids), 'id')} {what}, the first is {ids[0]}; a manifest must name each galaxy of "
                "the file once, except those with contradicting labels if these are left out"
            )
    for key in ("label", "ra", "dec"):
        theirs, mine = getattr(given, key), getattr(own, key)
        wrong = np.flatnonzero((theirs != mine) & ~(np.isnan(theirs) & np.isnan(mine)))
        if len(wrong):
            first = wrong[0]
            raise InputError(
                f"{path}: {key} of {own.id[first]} is {theirs[first]}, but {mine[first]} in the file; give the "
                "manifest of this file"
            )
    _, first, inverse = np.unique(own.group, return_index=True, return_inverse=True)
    torn = np.flatnonzero(given.split != given.split[first][inverse])
    if len(torn):
        other = first[inverse[torn[0]]]
        raise InputError(
            f"{path}: {own.id[other]} ({given.split[other]}) and {own.id[torn[0]]} ({given.split[torn[0]]}) belong "
            "to one group, whose galaxies must all be in the same set; move one of them, or lower group_radius or "
            "group_images"
        )
    for label in np.unique(own.label):
        for split in SPLITS:
            if not ((given.split == split) & (own.label == label)).any():
                raise InputError(
                    f"{path} has no galaxy of label {label} in {split}; every set needs at least one galaxy of "
                    "every class"
                )
    return replace(own, split=given.split)
