"""The folder of a training's saved state, which is locked while in use and removed after success."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from galaxy.digest import value_sha256
from galaxy.errors import InputError
from galaxy.locked_folder import lock_folder, remove_folder

_KEPT = 8
"""Number of unfinished states of other settings that are kept, so that changing a parameter back resumes."""


@contextmanager
def state_folder(root: Path, name: str, identity: Mapping[str, Any]) -> Iterator[Path]:
    """Lock the folder of one training inside the block, and remove it when the block succeeds.

    Args:
        root: Parent folder; it is created when it does not exist.
        name: First part of the folder's name, by which people recognise it.
        identity: JSON values of everything that decides the result, such as parameters and hashes of inputs and code.
            Other values give another folder, so that a changed run never resumes from old state.

    Raises:
        InputError: If another process is running the same training.
    """
    folder = folder_of(root, name, identity)
    if (lock := lock_folder(folder)) is None:
        raise InputError(
            f"another process is running the same training (it has locked {folder}); wait for it or stop it"
        )
    with lock:
        _remove_abandoned(root, keep=folder)
        folder.touch()
        yield folder
        remove_folder(folder, lock)


def folder_of(root: Path, name: str, identity: Mapping[str, Any]) -> Path:
    """Return the folder in which `state_folder` keeps the state of this identity."""
    return root / f"{name}-{value_sha256(identity)[:16]}"


def _remove_abandoned(root: Path, *, keep: Path) -> None:
    others = [path for path in root.iterdir() if path.is_dir() and path != keep and (path / "lock").exists()]
    try:
        others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    except FileNotFoundError:  # another process has just removed one; the next training removes the surplus
        return
    for path in others[_KEPT:]:
        if (lock := lock_folder(path)) is not None:
            remove_folder(path, lock)
