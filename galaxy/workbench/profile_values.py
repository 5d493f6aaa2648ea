"""Reads profiles, and finds the profile whose settings a params.yaml has.

profiles/default.yaml has every setting; the other profiles have what differs from it, and are applied on top of it.
"""

import copy
import functools
import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

BASE = "default"

_SHOWN = 3  # differing settings named in a profile's name


def profile_names(folder: Path) -> list[str]:
    """Return the names of the profiles in a folder, one YAML file each."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Return the mapping in a YAML 1.2 file; an empty one if the file holds something else."""
    content = _parse(path.read_text(encoding="utf-8"))
    return copy.deepcopy(content) if isinstance(content, Mapping) else {}


@functools.lru_cache(maxsize=8)
def _parse(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)  # imported here, because this takes a sixth of a second


def profile_values(
    names: Sequence[str], folder: Path, *, read: Callable[[Path], Mapping[str, Any]] = read_yaml
) -> dict[str, Any]:
    """Return every setting of the base profile with the given profiles on top, by dotted name.

    Raises:
        OSError: If there is no such file.
        YAMLError: If one of them is not valid YAML.
    """
    values: dict[str, Any] = {}
    for name in dict.fromkeys([BASE, *names]):
        values |= leaves(read(folder / f"{name}.yaml"))
    return values


def differences(params_path: Path, names: Sequence[str], folder: Path) -> dict[str, tuple[Any, Any]]:
    """Return the settings that differ from a profile, as (own value, the profile's value); None where one lacks it.

    Raises:
        OSError: If a file is missing.
        YAMLError: If one of them is not valid YAML.
    """
    given, wanted = leaves(read_yaml(params_path)), profile_values(names, folder)
    keys = list(dict.fromkeys([*wanted, *given]))
    absent = object()
    unlike = [key for key in keys if given.get(key, absent) != wanted.get(key, absent)]
    return {key: (given.get(key), wanted.get(key)) for key in unlike}


def profile_of(params_path: Path) -> str:
    """Return the profiles whose settings params.yaml has; if there are none, the nearest ones and the differences."""
    folder = params_path.resolve().parent / "profiles"
    try:
        others = [name for name in profile_names(folder) if name != BASE]
        choices = [(), *((name,) for name in others), *itertools.permutations(others, 2)]
        unlike = {names: differences(params_path, names, folder) for names in choices}
    except (OSError, YAMLError):
        return "unknown"
    names = min(unlike, key=lambda names: (len(unlike[names]), len(names)))
    title, keys = " + ".join(names) or BASE, list(unlike[names])
    if not keys:
        return title
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    return f"{title}, but for {', '.join(keys[:_SHOWN])}{more}"


def leaves(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings by dotted name: {"train": {"lr": 0.1}} becomes {"train.lr": 0.1}."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= leaves(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def shown(value: Any) -> str:
    """Return a value as YAML writes it."""
    return "null" if value is None else str(value)
