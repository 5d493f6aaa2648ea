"""The repository that a command works on, found from any of its folders."""

import subprocess
from pathlib import Path

from galaxy.errors import InputError


def in_repository(name: str) -> Path:
    """Return the path of a file of the repository as it is called from the current folder.

    Outside of a repository it counts from the current folder.
    """
    root = find_repository()
    return Path(name) if root is None or root == Path.cwd() else root / name


def find_repository() -> Path | None:
    """Return the nearest folder, from the current one upwards, that holds dvc.yaml and .dvc; None where none does."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if _is_root(folder)), None)


def require_repository() -> Path:
    """Return the root of the repository that the current folder lies in.

    Raises:
        InputError: If the current folder is in none.
    """
    root = find_repository()
    if root is None:
        raise InputError(f"{Path.cwd()} is in no repository of this project; change to the folder that holds dvc.yaml")
    return root


def shallow_advice(root: Path) -> str | None:
    """Return what to do about a clone without its history before experiments are queued; None where all is well.

    DVC runs a queued experiment in a copy of the repository and fetches the result from it; in a shallow clone that
    fails, and the queue still says "Success".
    """
    done = subprocess.run(
        ["git", "-C", str(root), "rev-parse", "--is-shallow-repository"], capture_output=True, text=True, check=False
    )
    if done.stdout.strip() != "true":
        return None
    return (
        "this clone is shallow, and results of `dvc exp run --queue` and `--temp` would be lost in it: run "
        "`git fetch --unshallow` before queueing"
    )


def _is_root(folder: Path) -> bool:
    return (folder / "dvc.yaml").is_file() and (folder / ".dvc").is_dir()
