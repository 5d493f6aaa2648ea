"""Assigns galaxies to training, validation and test, and stores all images as one array."""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from galaxy.atomic import atomic_path, replaced_folder
from galaxy.data.chunked_images import iterate_blocks
from galaxy.data.class_names import write_class_names
from galaxy.data.disk import require_room, writable
from galaxy.data.fingerprint import Fingerprints
from galaxy.data.given_manifest import check_given, read_given
from galaxy.data.layout import GalaxyFile, open_galaxies
from galaxy.data.manifest import Manifest, galaxy_ids, write_manifest
from galaxy.data.relations import Relations, relate
from galaxy.data.resample import AreaResampler
from galaxy.data.split import split_galaxies
from galaxy.data.store import IDS, IMAGES
from galaxy.data.store_writer import StoreWriter
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.output_path import refuse_inputs


def split_file(
    galaxies: Path,
    *,
    manifest: Path,
    classes: Path,
    store: Path,
    size: int,
    crop: int | None,
    seed: int,
    validation: float,
    test: float,
    group_radius: float,
    group_images: float | None,
    drop_conflicts: bool,
    given: Path | None = None,
    given_sha256: str | None = None,
    progress: bool = False,
) -> None:
    """Split the galaxies of an HDF5 file and write manifest, class names and image store, decoding each image once.

    Args:
        galaxies: A file in Galaxy10's layout; it is only read.
        manifest: CSV file to which the manifest is written.
        classes: JSON file to which the names of the classes are written.
        store: Folder to which the images are written.
        size: Width and height of the stored images in pixels.
        crop: Width in pixels of the centre crop that is averaged down to `size`; None takes the whole image.
        seed: Seed of the split, which depends on it and on the pixels of the galaxies.
        validation: Share of the validation galaxies, between 0 and 1.
        test: Share of the test galaxies, between 0 and 1; the remaining galaxies are for training.
        group_radius: Galaxies up to this many arcsec apart stay in one set.
        group_images: Galaxies whose thumbnails differ by at most this many levels of 255 stay in one set; None
            compares no thumbnails.
        drop_conflicts: Whether to leave out galaxies that are in the file several times with different labels.
        given: A manifest with the split to use instead of making one.
        given_sha256: Expected hash of that manifest, hexadecimal; None accepts any.
        progress: Whether to show a progress bar on a terminal.

    Raises:
        InputError: If the file is damaged, an argument does not fit it, an output is an input, or the disk is full.
            In this case no output has changed.
    """
    _check_outputs([manifest, classes, store], read=[galaxies] if given is None else [galaxies, given])
    published = read_given(given, sha256=given_sha256) if given is not None else None
    if not galaxies.is_file():
        raise InputError(f"{galaxies} does not exist; the stage download writes it")
    digest = file_sha256(galaxies)
    with writable(store), open_galaxies(galaxies) as file:
        resample = AreaResampler(source=file.size, crop=crop, size=size)
        require_room(store.parent, len(file) * size**2 * 3)
        with (
            atomic_path(manifest) as new_manifest,
            atomic_path(classes) as new_classes,
            replaced_folder(store) as folder,
            StoreWriter(folder, size=size) as writer,
        ):
            fingerprints = _write_images(file, writer, resample, progress=progress)
            relations = relate(file, fingerprints, group_radius=group_radius, group_images=group_images)
            rows = np.arange(len(file))
            if drop_conflicts:
                rows = np.setdiff1d(rows, relations.conflicting)
            split = split_galaxies(
                file.label[rows],
                relations.group[rows],
                fingerprints.digest[rows],
                class_names=file.class_names,
                validation=validation,
                test=test,
                seed=seed,
            )
            made = _manifest(file, relations, rows, split, file_sha256=digest)
            if published is not None and given is not None:
                made = check_given(published, made, path=given)
            writer.finish(made.row, made.id)
            write_manifest(new_manifest, made)
            write_class_names(new_classes, file.class_names)


def _check_outputs(outputs: list[Path], *, read: list[Path]) -> None:
    """Check that no output is an input or contains another output, and that the store's folder has no other files."""
    real = [Path(os.path.realpath(path)) for path in outputs]
    for index, path in enumerate(outputs):
        refuse_inputs(path, read)
        if any(other.is_relative_to(real[index]) for other in real[:index] + real[index + 1 :]):
            raise InputError(f"{path} is or contains another output; give each output a name of its own")
    store = outputs[-1]
    if store.is_dir() and not {path.name for path in store.iterdir()} <= {IMAGES, IDS}:
        raise InputError(f"{store} contains files that do not belong to an image store; give an empty or a new folder")


def _write_images(
    galaxies: GalaxyFile, writer: StoreWriter, resample: AreaResampler, *, progress: bool
) -> Fingerprints:
    """Write every image, cropped and resampled, and return the fingerprints of the images as they are in the file."""
    fingerprints = Fingerprints(len(galaxies), size=galaxies.size)
    with tqdm(total=len(galaxies), desc="store", unit="galaxy", disable=None if progress else True) as bar:
        for start, images in iterate_blocks(galaxies):
            fingerprints.add(start, images)
            writer.append(resample(images))
            bar.update(len(images))
    return fingerprints


def _manifest(
    galaxies: GalaxyFile, relations: Relations, rows: NDArray[np.int64], split: NDArray[np.str_], *, file_sha256: str
) -> Manifest:
    # A group is numbered by the first of its rows that is kept.
    _, first, inverse = np.unique(relations.group[rows], return_index=True, return_inverse=True)
    return Manifest(
        id=galaxy_ids(file_sha256, rows),
        row=rows,
        ra=galaxies.ra[rows],
        dec=galaxies.dec[rows],
        label=galaxies.label[rows],
        group=rows[first][inverse],
        split=split,
        sha256="",  # hash of the manifest's file, which is not written yet
    )
