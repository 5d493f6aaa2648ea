"""What a profile says, and which profile a params.yaml has.

profiles/default.yaml names every setting, the others what differs from it; several are laid on top of it in turn.
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
    """Names of the profiles in a folder, one YAML file each."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def read_yaml(path: Path) -> Mapping[str, Any]:
    """A mapping from a YAML 1.2 file, empty where it holds something else."""
    content = _parse(path.read_text(encoding="utf-8"))
    return copy.deepcopy(content) if isinstance(content, Mapping) else {}


@functools.lru_cache(maxsize=8)
def _parse(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)  # takes a sixth of a second


def profile_values(
    names: Sequence[str], folder: Path, *, read: Callable[[Path], Mapping[str, Any]] = read_yaml
) -> dict[str, Any]:
    """Every setting of the base profile with the given ones on top, flat with dotted names.

    Raises:
        OSError: If there is no such file.
        YAMLError: If one of them is not valid YAML.
    """
    values: dict[str, Any] = {}
    for name in dict.fromkeys([BASE, *names]):
        values |= leaves(read(folder / f"{name}.yaml"))
    return values


def differences(params_path: Path, names: Sequence[str], folder: Path) -> dict[str, tuple[Any, Any]]:
    """Settings of params.yaml that a profile has otherwise, as (given, the profile's), None where one lacks them.

    Raises:
        OSError: If a file is not there.
        YAMLError: If one of them is not valid YAML.
    """
    given, wanted = leaves(read_yaml(params_path)), profile_values(names, folder)
    keys = list(dict.fromkeys([*wanted, *given]))
    absent = object()
    unlike = [key for key in keys if given.get(key, absent) != wanted.get(key, absent)]
    return {key: (given.get(key), wanted.get(key)) for key in unlike}


def profile_of(params_path: Path) -> str:
    """The profiles whose settings params.yaml has, all of them; or the nearest ones and what differs from them."""
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
    """Nested settings with dotted names: {"train": {"lr": 0.1}} is {"train.lr": 0.1}."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            found |= leaves(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def shown(value: Any) -> str:
    """A value as it stands in YAML."""
    return "null" if value is None else str(value)
