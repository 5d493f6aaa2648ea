"""Reproduces the base of a comparison on this machine, because figures from another machine are rounded differently."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from galaxy.errors import InputError
from galaxy.locked_folder import lock_folder, remove_folder
from galaxy.workbench.dvc_commands import dvc, git

FOLDER, LOCK = Path(".state/compare"), Path(".state/comparing")
AUTHOR = ("-c", "user.name=galaxy compare", "-c", "user.email=compare@localhost", "-c", "core.hooksPath=/dev/null")


def reproduce_base(base: str, root: Path) -> str:
    """Return a commit with `base` and its outs as this machine computes them; `base` itself if they are the same.

    `dvc repro` runs in a work tree of its own with this repository's cache, so only what was never computed here
    takes time. No branch is moved.

    Raises:
        InputError: If `base` is not a commit, or does not reproduce, or another comparison is running.
    """
    commit = resolve(base, root)
    folder = root / FOLDER
    with _alone(root / LOCK):
        if folder.exists():  # left by a comparison that was killed
            _remove(folder, root)
        git("worktree", "add", "--force", "--detach", "--quiet", str(folder), commit, cwd=root)
        try:
            cache = dvc("cache", "dir", cwd=root).strip()
            dvc("cache", "dir", "--local", str((root / cache).resolve()), cwd=folder)
            dvc("checkout", "--quiet", "--allow-missing", cwd=folder)  # DVC's run cache leaves persistent outs out
            dvc("repro", cwd=folder)
            if git("status", "--porcelain", "--untracked-files=no", cwd=folder):
                git(*AUTHOR, "commit", "--all", "--quiet", "--message", f"{base}, reproduced here", cwd=folder)
            return git("rev-parse", "HEAD", cwd=folder)
        finally:
            _remove(folder, root)


def resolve(revision: str, root: Path) -> str:
    """Return the hash of a commit.

    Raises:
        InputError: If there is no commit of that name.
    """
    try:
        return git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", cwd=root)
    except InputError:
        raise InputError(
            f"{revision!r} is not a commit of this clone; give a branch, a tag or a hash, or run git fetch first"
        ) from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one process at a time compare: a second one would remove the work tree of the first."""
    if (lock := lock_folder(folder)) is None:
        raise InputError("another galaxy compare is running in this clone; wait until it has ended")
    try:
        yield
    finally:
        remove_folder(folder, lock)


def _remove(folder: Path, root: Path) -> None:
    try:
        git("worktree", "remove", "--force", "--force", str(folder), cwd=root)
    except InputError:  # no work tree of this clone, as in a copy of a clone in which a comparison was killed
        shutil.rmtree(folder)
        git("worktree", "prune", cwd=root)
