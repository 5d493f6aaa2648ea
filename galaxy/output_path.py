"""The rules for files that a user asks a command to write."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from galaxy.errors import InputError

STANDARD_OUTPUT = Path("-")
"""The output path that stands for standard output."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)
_SYSTEM_FOLDERS = tuple(Path(folder) for folder in ("/dev", "/proc", "/sys"))


def check_output(
    path: Path, *, inputs: Iterable[Path], overwrite: bool, remedy: str = "give the name of a regular file"
) -> Path:
    """Check that `path` may be written, and return the regular file that will hold the output.

    Nothing is written. Symbolic links are followed, so that a link stays and the file that it names is written.

    Args:
        path: Where the output is wanted.
        inputs: All files and folders that the command reads, also the files in those folders.
        overwrite: Whether a regular file that is already there may be replaced.
        remedy: What a user can do where `path` is a device, a pipe or the like, for the error.

    Returns:
        The absolute path of the output with all links resolved.

    Raises:
        InputError: If `path` is one of `inputs` (through links and other names of the same file, too), is not a regular
            file, exists without `overwrite` or protected from writing, or lies in a folder that cannot be written.
    """
    target = Path(os.path.realpath(path))
    found = _status(path)
    if found is not None and not stat.S_ISREG(found.st_mode):
        kind = next((words for test, words in _KINDS if test(found.st_mode)), "not a regular file")
        raise InputError(f"{path} is {kind}; {remedy}")
    refuse_system_folders(path, remedy=remedy)
    refuse_inputs(path, inputs)
    if found is not None and not overwrite:
        raise InputError(f"{path} exists already; give another name, or add --overwrite to replace it")
    if found is not None and not found.st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
        raise InputError(f"{path} is protected from writing; give another name, or make it writable")
    check_folder(path, target.parent)
    return target


def refuse_inputs(path: Path, inputs: Iterable[Path], *, remedy: str = "give another name for the output") -> None:
    """Check that writing `path`, a file or a folder, would change none of `inputs`.

    Args:
        path: The output.
        inputs: Files and folders that are read.
        remedy: What a user can do, for the error.

    Raises:
        InputError: If `path` is one of `inputs`, also through links, or a folder that holds one of them.
    """
    target, found = Path(os.path.realpath(path)), _status(path)
    if found is None:  # a file that does not exist cannot be an input; there may be a million of these to compare with
        return
    for given in inputs:
        try:
            other, place = _existing(given), Path(os.path.realpath(given))
        except ValueError:  # a path with a NUL character, which is refused where it is read
            continue
        same_file = other is not None and os.path.samestat(found, other)
        if same_file or place.is_relative_to(target):
            raise InputError(f"{path} is an input of this command ({given}); {remedy}")


def refuse_system_folders(path: Path, *, remedy: str) -> None:
    """Check that an output, a file or a folder, does not lie where the system keeps its own.

    Args:
        path: The output.
        remedy: What a user can do, for the error.

    Raises:
        InputError: If `path` lies in such a folder, also through links.
    """
    # The name as it stands counts too: /dev/stdout may lead to a regular file to which a shell has redirected.
    places = (Path(os.path.realpath(path)), Path(os.path.normpath(path.absolute())))
    if any(map(_is_of_the_system, places)):
        raise InputError(f"{path} lies in a folder of the system; {remedy}")


def check_folder(path: Path, folder: Path) -> None:
    """Check that files can be written in a folder, which is there or can be made.

    Args:
        path: The output for which the folder is wanted, for the error.
        folder: The folder.

    Raises:
        InputError: If they cannot.
    """
    existing = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not existing.is_dir():
        raise InputError(f"{path} cannot be written: {existing} is not a folder; give another name")
    if not os.access(existing, os.W_OK | os.X_OK):
        raise InputError(f"{path} cannot be written: {existing} is not writable; give another folder")


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError(f"{path} cannot be used ({error.strerror}); give another name") from None


def _existing(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:  # an input that cannot be used is refused where it is read
        return None


def _is_of_the_system(place: Path) -> bool:
    if place.is_relative_to("/dev/shm"):  # noqa: S108 -- a file system in memory, which people do use
        return False
    return any(place.is_relative_to(folder) for folder in _SYSTEM_FOLDERS if folder.is_dir())
