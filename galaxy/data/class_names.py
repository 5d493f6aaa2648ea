"""The names of the classes, in label order, as a JSON list."""

import json
from collections.abc import Sequence
from pathlib import Path

from galaxy.atomic import write_text
from galaxy.counted import counted
from galaxy.errors import InputError

MAX_CLASSES = 256
"""The largest number of classes, because labels are uint8 in Galaxy10's layout."""


def check_class_names(names: object, *, where: str) -> tuple[str, ...]:
    """Check that `names` is a list of 2 to 256 different, printable, non-empty strings, and return it as a tuple.

    `where` names their source in messages.

    Raises:
        InputError: If there are fewer or more names, or one is empty, not printable or there twice.
    """
    allowed = f"2 to {MAX_CLASSES} different non-empty names on one line each"
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{where} is not a list of class names; allowed are {allowed}")
    if not 2 <= len(names) <= MAX_CLASSES:
        raise InputError(f"{where} has {counted(len(names), 'class name')}; allowed are {allowed}")
    for name in names:
        if not name.strip() or not name.isprintable():
            raise InputError(f"{where} has the class name {name!r}; allowed are {allowed}")
    if len(set(names)) != len(names):
        twice = next(name for index, name in enumerate(names) if name in names[:index])
        raise InputError(f"{where} has the class name {twice!r} twice; allowed are {allowed}")
    return tuple(names)


def read_class_names(path: Path) -> tuple[str, ...]:
    """Read the class names in label order.

    Raises:
        InputError: If the file is missing, is not JSON or holds anything but different names.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); stages.split writes it") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path} is not valid JSON; stages.split writes it as a list of names") from None
    return check_class_names(content, where=str(path))


def write_class_names(path: Path, names: Sequence[str]) -> None:
    """Write the names as a JSON list, one per line, atomically.

    Raises:
        InputError: If they are not class names, see `check_class_names`.
    """
    checked = check_class_names(list(names), where=str(path))
    write_text(path, json.dumps(checked, indent=2, ensure_ascii=False) + "\n")
