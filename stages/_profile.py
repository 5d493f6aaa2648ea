"""Profiles: named sets of values written into params.yaml, its comments and everything else kept."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from galaxy.atomic import atomic_path
from galaxy.errors import InputError


def profile_names(folder: Path) -> list[str]:
    """Names of the profiles in a folder, one YAML file each."""
    return sorted(path.stem for path in folder.glob("*.yaml"))


def apply_profile(params: Path, name: str, *, folder: Path) -> list[str]:
    """Set every value that the profile `name` names in `params`; returns one line per value that changed.

    Raises:
        InputError: for an unknown profile, and for a profile that names a key that `params` does not have.
    """
    if name not in profile_names(folder):
        raise InputError(f"unknown profile {name!r}; {folder} has {', '.join(profile_names(folder)) or 'none'}")
    yaml = _yaml()
    document = _load(yaml, params)
    changes = _merge(document, _load(yaml, folder / f"{name}.yaml"), at="", params=params)
    if changes:
        with atomic_path(params) as temporary:
            yaml.dump(document, temporary)
    return changes


def _yaml() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096  # never fold a line that a person wrote
    yaml.indent(mapping=2, sequence=4, offset=2)
    # A person wrote null; nothing at all in its place looks like an oversight.
    yaml.representer.add_representer(type(None), lambda to, _: to.represent_scalar("tag:yaml.org,2002:null", "null"))
    return yaml


def _load(yaml: YAML, path: Path) -> Any:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: run from the root of the repository") from None
    except YAMLError as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} holds no mapping of sections")
    return content


def _merge(target: Any, values: Any, *, at: str, params: Path) -> list[str]:
    changes = []
    for key, value in values.items():
        where = f"{at}.{key}" if at else str(key)
        if not isinstance(target, dict) or key not in target:
            raise InputError(f"{params} has no {where!r}, which the profile sets; restore the key and run this again")
        if isinstance(value, dict):
            changes += _merge(target[key], value, at=where, params=params)
        elif target[key] != value:
            changes.append(f"{where}: {_show(target[key])} -> {_show(value)}")
            target[key] = value
    return changes


def _show(value: Any) -> str:
    return "null" if value is None else str(value)
