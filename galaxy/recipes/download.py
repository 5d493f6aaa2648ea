"""Obtains the galaxies from one of three sources, and examines the file."""

import json
from pathlib import Path
from typing import Any

from galaxy.atomic import atomic_path, write_text
from galaxy.data.audit import audit_file
from galaxy.data.disk import require_room, writable
from galaxy.data.fetch import galaxy10
from galaxy.data.fetch.http_download import download
from galaxy.data.fetch.local_file import copy_verified, link_beside, verify
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.output_path import refuse_inputs
from galaxy.rendered.catalogue import render_set


def render_galaxies(
    output: Path, audit: Path, *, count: int, size: int, seed: int, workers: int | None = None, progress: bool = False
) -> None:
    """Write `count` rendered galaxies of `size` pixels to `output`, and what the audit finds to `audit` as JSON.

    The arguments are those of `render_set`. Both files appear complete or not at all.

    Raises:
        InputError: If an argument is out of range, the disk is full or cannot be written.
    """
    with writable(output):
        require_room(output.parent, count * size**2 * 3)
        with atomic_path(output) as temporary:
            render_set(temporary, count=count, size=size, seed=seed, workers=workers, progress=progress)
            _examine(temporary, audit, sha256=file_sha256(temporary), name=output, progress=progress)


def copy_galaxies(
    source: Path,
    output: Path,
    audit: Path,
    *,
    sha256: str | None,
    remedy: str = "give the right file, or correct the hash",
    progress: bool = False,
) -> dict[str, Any]:
    """Copy the HDF5 file `source` to `output` byte for byte, and write what the audit finds to `audit` as JSON.

    Args:
        source: A file in Galaxy10's layout; it is only read.
        output: Path of the copy.
        audit: JSON file for the findings.
        sha256: Expected hash of the file, hexadecimal; None accepts any.
        remedy: End of the message about another hash, which says what to do.
        progress: Whether to show progress bars on a terminal.

    Returns:
        The findings.

    Raises:
        InputError: If the file is missing, has another hash or another layout, is an output, or the disk is full.
    """
    for written in (output, audit):
        refuse_inputs(written, [source])
    with writable(output), atomic_path(output) as temporary:
        digest = copy_verified(source, temporary, sha256=sha256, remedy=remedy, progress=progress)
        return _examine(temporary, audit, sha256=digest, name=source, progress=progress)


def fetch_galaxy10(place: Path, *, progress: bool = False) -> None:
    """Download Galaxy10 DECaLS to `place`, unless the right file is there already.

    Raises:
        InputError: If the file cannot be downloaded; the message says where to get it by hand.
        KeyboardInterrupt: If the user stops it; the text of the exception says how to resume it.
    """
    try:
        download(galaxy10.URLS, place, size=galaxy10.BYTES, sha256=galaxy10.SHA256, progress=progress)
    except InputError as error:
        by_hand = f"fetch {galaxy10.FILE_NAME} elsewhere from {galaxy10.URLS[0]} and put it at {place}"
        raise InputError(f"{error}; or {by_hand}") from None


def obtain_galaxy10(place: Path, output: Path, audit: Path, *, link: bool, progress: bool = False) -> None:
    """Link or copy Galaxy10 DECaLS from `place` to `output`, and write what the audit finds to `audit` as JSON.

    Where there is no file at `place`, it is downloaded first and stays there, so that it is fetched once.

    Args:
        place: The published file; its hash is checked.
        output: Path of the link or copy.
        audit: JSON file for the findings.
        link: Whether `output` becomes another name of the same file, if the file system has hard links, which saves
            2.7 GB. It must be False for a file that belongs to the user, because DVC makes its outs read-only.
        progress: Whether to show progress bars on a terminal.

    Raises:
        InputError: If the file cannot be downloaded or is not the published one, or the disk is full.
        KeyboardInterrupt: If the user stops the download; the text of the exception says how to resume it.
    """
    if not place.exists():
        with writable(place):
            fetch_galaxy10(place, progress=progress)
    remedy = "put the published file in its place; one that is removed from downloads/ is downloaded again"
    refuse_inputs(audit, [place])
    with writable(output):
        output.parent.mkdir(parents=True, exist_ok=True)
        linked = link_beside(place, output) if link else None
    if linked is None:
        copy_galaxies(place, output, audit, sha256=galaxy10.SHA256, remedy=remedy, progress=progress)
        return
    try:
        with writable(output):
            verify(place, sha256=galaxy10.SHA256, remedy=remedy, progress=progress)
            _examine(linked, audit, sha256=galaxy10.SHA256, name=place, progress=progress)
            linked.replace(output)
    finally:
        # If output was the same file before, the rename has done nothing, and this name is still there.
        linked.unlink(missing_ok=True)


def _examine(path: Path, audit: Path, *, sha256: str, name: Path, progress: bool) -> dict[str, Any]:
    found = audit_file(path, sha256=sha256, name=name, progress=progress)
    write_text(audit, json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return found
