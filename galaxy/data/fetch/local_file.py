"""Copies a file of this machine byte for byte, or links it, and verifies it."""

import hashlib
import os
import secrets
from contextlib import nullcontext
from pathlib import Path

from tqdm import tqdm

from galaxy.atomic import remove_leftovers, temporary_prefix
from galaxy.data.disk import require_room
from galaxy.data.hdf5_signature import check_signature
from galaxy.errors import InputError

_CHUNK_BYTES = 4 << 20


def copy_verified(
    source: Path,
    target: Path,
    *,
    sha256: str | None,
    remedy: str = "give the right file, or correct the hash",
    progress: bool = False,
) -> str:
    """Copy `source` to `target`, a temporary path of the caller's, and return the SHA-256 of its bytes.

    The file is copied and not linked, so that later changes of the original do not reach the pipeline.

    Args:
        source: The file to copy; it is checked to be HDF5 by its first bytes.
        target: Path of the copy, which may exist.
        sha256: Expected hash of the file, hexadecimal; None accepts any. It is compared before the HDF5 library reads
            the file.
        remedy: End of the message about another hash, which says what to do.
        progress: Whether to show a progress bar on a terminal.

    Raises:
        InputError: If the file is missing, is not HDF5 by its first bytes, has another hash, or changes while it is
            read; the contents of `target` are then undefined.
    """
    return _read_through(source, target, sha256=sha256, remedy=remedy, progress=progress)


def verify(source: Path, *, sha256: str, remedy: str, progress: bool = False) -> None:
    """Check that a file is HDF5 by its first bytes and has the given hash.

    Args:
        source: The file.
        sha256: Expected hash, hexadecimal.
        remedy: End of the message about another hash, which says what to do.
        progress: Whether to show a progress bar on a terminal.

    Raises:
        InputError: If the file is missing, is not HDF5, has another hash, or changes while it is read.
    """
    _read_through(source, None, sha256=sha256, remedy=remedy, progress=progress)


def link_beside(source: Path, target: Path) -> Path | None:
    """Return a temporary path beside `target` that is another name of the file `source`; its bytes are kept once.

    Later changes of one are changes of the other, so that this is for files that nobody edits. The caller renames or
    removes the path. None, without any change, if `source` is a symbolic link or the file system has no hard links.
    """
    temporary = target.with_name(f"{temporary_prefix(target)}{secrets.token_hex(4)}.part")
    if source.is_symlink():
        return None
    remove_leftovers(target)
    try:
        os.link(source, temporary)
    except OSError:
        return None
    return temporary


def _state(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _read_through(source: Path, target: Path | None, *, sha256: str | None, remedy: str, progress: bool) -> str:
    """Check a file, copy it to `target` if that is not None, and return its SHA-256; see `copy_verified`."""
    check_signature(source)
    before = _state(source)
    size = before[0]
    if target:
        require_room(target.parent, size)
    hashed, read = hashlib.sha256(), 0
    words = "copy" if target else "verify"
    with (
        source.open("rb", buffering=0) as reader,
        target.open("wb") if target else nullcontext() as writer,
        tqdm(total=size, desc=words, unit="B", unit_scale=True, disable=None if progress else True) as bar,
    ):
        while chunk := reader.read(_CHUNK_BYTES):
            hashed.update(chunk)
            if writer:
                writer.write(chunk)
            read += len(chunk)
            bar.update(len(chunk))
    if read != size or _state(source) != before:
        raise InputError(f"{source} changed while it was read; wait until it is complete and run again")
    digest = hashed.hexdigest()
    if sha256 is not None and digest != sha256:
        raise InputError(f"{source} has SHA-256 {digest}, but {sha256} is expected; {remedy}")
    return digest
