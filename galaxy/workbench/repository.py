"""The repository that a command works on, found from any of its folders."""

import configparser
import subprocess
import textwrap
from pathlib import Path

from galaxy.errors import InputError

_NO_ADDRESS = set("#?%")
"""Characters that have a meaning in the addresses by which DVC's queue names folders."""


def in_repository(name: str) -> Path:
    """Return the path of a file of the repository as it is called from the current folder.

    Outside of a repository it counts from the current folder.
    """
    root = find_repository()
    return Path(name) if root is None or root == Path.cwd() else root / name


def find_repository() -> Path | None:
    """Return the nearest folder, from the current one upwards, that holds dvc.yaml and .dvc; None where none does."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if is_root(folder)), None)


def require_repository() -> Path:
    """Return the root of the repository that the current folder lies in.

    Raises:
        InputError: If the current folder is in none.
    """
    root = find_repository()
    if root is None:
        raise InputError(f"{Path.cwd()} is in no repository of this project; change to the folder that holds dvc.yaml")
    return root


def queue_advice(root: Path) -> list[str]:
    """Return what to do before experiments are queued, one line for each thing that would lose them or fail.

    DVC runs a queued experiment in a copy of the repository and fetches the result from it. In a shallow clone that
    fails, and the queue still says "Success". DVC names the copy by an address in which #, ? and % have a meaning, and
    writes the folder of its cache into a file that takes ASCII alone.

    Args:
        root: Root of the repository.
    """
    advice = []
    shallow = ["git", "-C", str(root), "rev-parse", "--is-shallow-repository"]
    if subprocess.run(shallow, capture_output=True, text=True, check=False).stdout.strip() == "true":
        advice.append(
            "this clone is shallow, and results of `dvc exp run --queue` and `--temp` would be lost in it: run "
            "`git fetch --unshallow` before queueing"
        )
    path = str(root.resolve())
    if found := sorted(_NO_ADDRESS & set(path)):
        advice.append(
            f"the path {path} has {' and '.join(found)}, with which `dvc exp run --queue` and `--temp` fail or lose "
            "their results: move the repository to a path without before queueing; everything else works here"
        )
    elif not path.isascii() and not _cache_folder(root).isascii():
        advice.append(
            f"the path {path} has letters beyond ASCII, with which `dvc exp run --queue` and `--temp` fail: run `dvc "
            "cache dir --local FOLDER` with a folder whose path has none before queueing, after moving .dvc/cache there"
        )
    return advice


def _cache_folder(root: Path) -> str:
    """Return the folder of DVC's cache as its settings name it, or the default."""
    found = root.resolve() / ".dvc" / "cache"
    for name in ("config", "config.local"):
        settings = configparser.RawConfigParser(strict=False)
        try:
            settings.read_string(textwrap.dedent((root / ".dvc" / name).read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, configparser.Error):
            continue
        found = root.resolve() / ".dvc" / settings.get("cache", "dir", fallback=str(found))
    return str(found)


def is_root(folder: Path) -> bool:
    """Return whether a folder is the root of a repository of this project."""
    return (folder / "dvc.yaml").is_file() and (folder / ".dvc").is_dir()
