"""The repository that a command works on, found from any of its folders."""

from pathlib import Path

from galaxy.errors import InputError


def in_repository(name: str) -> Path:
    """Return the path of a file of the repository, relative to the current folder.

    Outside of a repository, `name` itself is relative to the current folder.
    """
    root = find_repository()
    return Path(name) if root is None or root == Path.cwd() else root / name


def needed_in_repository(name: str) -> Path:
    """Return the path of a file or folder of the repository, like `in_repository`, and check that it exists.

    Raises:
        InputError: If the current folder is in no repository and has no such file.
    """
    path = in_repository(name)
    if name == "." or not path.exists():
        require_repository()
    return path


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


def is_root(folder: Path) -> bool:
    """Return whether a folder is the root of a repository of this project."""
    return (folder / "dvc.yaml").is_file() and (folder / ".dvc").is_dir()
