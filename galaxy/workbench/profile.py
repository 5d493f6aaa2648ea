"""Writes profiles into params.yaml; comments and a user's own rows are kept."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from galaxy.atomic import atomic_path
from galaxy.errors import InputError
from galaxy.output_path import refuse_inputs
from galaxy.workbench.params_file import read_mapping
from galaxy.workbench.profile_values import profile_names, profile_values, shown


def apply_profile(params: Path, names: Sequence[str], *, folder: Path) -> list[str]:
    """Set every setting of `params` to the values of the base profile with `names` on top; return a line per change.

    A profile may add rows to `models`. Rows that only other profiles have are removed, and so are settings that the
    profile's rows do not have. Rows that no profile has stay.

    Raises:
        InputError: If a profile is unknown or cannot be read, or names a key that `params` does not have.
    """
    for name in names:
        if name not in profile_names(folder):
            raise InputError(f"unknown profile {name!r}; {folder} has {', '.join(profile_names(folder)) or 'none'}")
    target = Path(os.path.realpath(params))  # a link stays, and the file that it names is written
    refuse_inputs(params, [path for path in folder.rglob("*") if path.is_file()])
    yaml = _round_trip()
    document = read_mapping(params, parse=yaml.load)
    try:
        values = profile_values(names, folder, read=lambda path: _profile(path, yaml))
        rows = _rows_of_profiles(folder, yaml)
    except (OSError, YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{folder}: a profile cannot be read ({' '.join(str(error).split())})") from None
    changes = _fit_rows(document, values, rows)
    changes += [line for key, value in values.items() if (line := _set(document, key, value, params=params))]
    if changes:
        with atomic_path(target) as temporary:
            yaml.dump(document, temporary)
    return changes


def _rows_of_profiles(folder: Path, yaml: YAML) -> dict[str, list[str]]:
    """Return the rows of `models` that any profile has, each with the rows before it in that profile."""
    contents = [_profile(folder / f"{name}.yaml", yaml).get("models") or {} for name in profile_names(folder)]
    return {row: list(rows)[:place] for rows in contents for place, row in enumerate(rows)}


def _profile(path: Path, yaml: YAML) -> Mapping[str, Any]:
    """Return the settings of a profile, with numbers and lists as they are written there; none of an empty file."""
    content = yaml.load(path)
    content = {} if content is None else content
    if not isinstance(content, Mapping) or not isinstance(content.get("models") or {}, Mapping):
        raise InputError(f"{path} is no profile; write sections as in params.yaml, with a mapping of rows in models")
    return content


def _fit_rows(document: Any, values: Mapping[str, Any], known: Mapping[str, Sequence[str]]) -> list[str]:
    """Add the rows that `values` have and remove other rows of profiles; return one line for each."""
    models, changes = document.get("models"), list[str]()
    if not isinstance(models, dict):
        return changes
    wanted = {key.split(".")[1] for key in values if key.startswith("models.")}
    for row, above in known.items():
        if row in models and row not in wanted:
            del models[row]
            changes.append(f"models.{row}: removed")
        elif row in wanted and row not in models:
            before = [name for name in above if name in models]
            place = list(models).index(before[-1]) + 1 if before else 0
            prefix = f"models.{row}."
            entry = {key.removeprefix(prefix): value for key, value in values.items() if key.startswith(prefix)}
            models.insert(place, row, entry)  # type: ignore[attr-defined]
            changes.append(f"models.{row}: added")
        elif row in models and isinstance(models[row], dict):
            for key in [key for key in models[row] if f"models.{row}.{key}" not in values]:
                changes.append(f"models.{row}.{key}: {shown(models[row].pop(key))} removed, so that its default holds")
    return changes


def _round_trip() -> YAML:
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096  # does not fold long lines
    yaml.indent(mapping=2, sequence=4, offset=2)
    # Write `null` instead of nothing, which looks like an oversight.
    yaml.representer.add_representer(type(None), lambda to, _: to.represent_scalar("tag:yaml.org,2002:null", "null"))
    return yaml


def _set(document: Any, key: str, value: Any, *, params: Path) -> str | None:
    *parents, last = key.split(".")
    target: Any = document
    for parent in parents:
        target = target.get(parent) if isinstance(target, dict) else None
    if not isinstance(target, dict) or last not in target:
        raise InputError(f"{params} has no {key!r}, which the profile sets; restore the key and run this again")
    before = target[last]
    if before == value:
        return None
    target[last] = value
    # Of a list whose dashes are not indented an empty list of comments is left, for which ruamel.yaml breaks the line.
    if (comments := target.ca.items.get(last)) and comments[3:] == [[]]:  # type: ignore[attr-defined]
        comments[3] = None
    return f"{key}: {shown(before)} -> {shown(value)}"
