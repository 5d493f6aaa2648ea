"""Reads one section of params.yaml."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from galaxy.errors import InputError
from galaxy.workbench.params_file import SECTIONS, read_params, validated


def read_section(path: Path, key: str, kind: Any, *, sections: Sequence[str] = SECTIONS) -> Any:
    """Read and validate a section of params.yaml.

    Args:
        path: The file of parameters.
        key: Name of the section; a nested one has dots, such as `models.custom`.
        kind: The type that the section must have, usually a subclass of `Section`.
        sections: Names of all sections that the file may have.

    Returns:
        The section as an instance of `kind`.

    Raises:
        InputError: If the section is missing or anything in it is wrong.
    """
    value: Any = read_params(path, sections=sections)
    for depth, part in enumerate(key.split(".")):
        if not isinstance(value, dict) or part not in value:
            where = ".".join(key.split(".")[:depth]) or "the file"
            known = ", ".join(map(str, value)) if isinstance(value, dict) else "nothing"
            raise InputError(f"{path}: {key!r} is missing; {where} has {known}")
        value = value[part]
    return validated(path, key, value, kind)
