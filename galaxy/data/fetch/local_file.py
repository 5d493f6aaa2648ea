"""Copies a file of this machine byte for byte and verifies it."""

import hashlib
from pathlib import Path

from tqdm import tqdm

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
        InputError: If the file is missing, is no HDF5 by its first bytes, has another hash, or changes while it is
            read; the contents of `target` are then undefined.
    """
    check_signature(source)
    before = _state(source)
    require_room(target.parent, before[0])
    digest = _copy(source, target, size=before[0], progress=progress)
    if target.stat().st_size != before[0] or _state(source) != before:
        raise InputError(f"{source} changed while it was read; wait until it is complete and run again")
    if sha256 is not None and digest != sha256:
        raise InputError(f"{source} has SHA-256 {digest}, but {sha256} is expected; {remedy}")
    return digest


def _state(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_size, status.st_mtime_ns, status.st_ino


def _copy(source: Path, target: Path, *, size: int, progress: bool) -> str:
    digest = hashlib.sha256()
    with (
        source.open("rb", buffering=0) as reader,
        target.open("wb") as writer,
        tqdm(total=size, desc="copy", unit="B", unit_scale=True, disable=None if progress else True) as bar,
    ):
        while chunk := reader.read(_CHUNK_BYTES):
            digest.update(chunk)
            writer.write(chunk)
            bar.update(len(chunk))
    return digest.hexdigest()
