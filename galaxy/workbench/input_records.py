"""Writes an entry for each file that params.yaml names, so that DVC sees the file's content.

An entry is a symbolic link to the file, through which DVC hashes it, or a text file with the word that
params.yaml has instead. DVC hashes a file again only when its size, time of change or inode has changed.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from galaxy.atomic import temporary_prefix
from galaxy.errors import InputError
from galaxy.workbench.named_inputs import named_inputs

WORDS = {"split": "null", "random-init": "random"}
"""Entries that always exist."""

_LONGEST_WORD = 255

ROWS = "models"
"""Folder of the entries that belong to supervised rows."""


def write_records(params: Mapping[Any, Any], folder: Path, *, own: Mapping[str, Path]) -> None:
    """Write one entry for each input to `folder`, and remove entries of rows that are gone.

    A link to a file in the repository is relative, so that the entry is the same in every clone.

    Args:
        params: The content of params.yaml.
        folder: Folder for the entries, in the root of the repository.
        own: Files of weights that are used without being named, by the name of their entry.

    Raises:
        InputError: If a file is missing.
    """
    entries: dict[str, tuple[str, Path | None]] = {record: (word, None) for record, word in WORDS.items()}
    for named in named_inputs(params):
        if named.path is not None and not named.path.is_file():
            raise InputError(f"{named.key} is {named.value!r}, and there is no file {named.path}; correct the path")
        entries[named.record] = (named.value, named.path or own.get(named.record))
    for left in sorted((folder / ROWS).glob("*")):
        if f"{ROWS}/{left.name}" not in entries and (left.is_symlink() or _is_word(left)):
            left.unlink()
    for record, (word, path) in entries.items():
        place = folder / record
        place.parent.mkdir(parents=True, exist_ok=True)
        _replace(place, word, path, root=folder.absolute().parent)


def _is_word(path: Path) -> bool:
    """Return whether a file is an entry that holds a word, and not a file that a person has put there."""
    return path.is_file() and path.stat().st_size <= _LONGEST_WORD


def _replace(place: Path, word: str, path: Path | None, *, root: Path) -> None:
    text = f"{word}\n"
    # Bytes, because a copy of the repository may have the linked file itself in place of the link.
    if path is None and not place.is_symlink() and place.is_file() and place.read_bytes() == text.encode():
        return
    temporary = place.with_name(f"{temporary_prefix(place)}part")
    temporary.unlink(missing_ok=True)
    if path is None:
        temporary.write_text(text, encoding="utf-8")
    else:
        inside = path.is_relative_to(root)
        temporary.symlink_to(os.path.relpath(path, place.absolute().parent) if inside else path)
    temporary.replace(place)
