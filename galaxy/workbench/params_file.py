"""Reads params.yaml as plain values, and says in words what is wrong with a section."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from galaxy.errors import InputError
from galaxy.workbench.params_error import ParamsError

SECTIONS = (
    "download",
    "split",
    "models",
    "train",
    "dino",
    "dino_finetune",
    "embed",
    "embed_pixels",
    "pca",
    "kmeans",
    "dino_best",
    "evaluate",
    "evaluate_clusters",
    "report",
)
"""The sections of params.yaml, in the order of the file."""


def load_params(path: Path, *, sections: Sequence[str] = SECTIONS) -> dict[Any, Any]:
    """Return the mapping in params.yaml, its keys unchecked; the caller must not change it.

    The file is read as YAML 1.2, as DVC does: `5e-4` is a number, where PyYAML would see a string.

    Raises:
        InputError: If the file is missing or cannot be read as a YAML mapping.
    """
    content: dict[Any, Any] = read_mapping(path, parse=_parsed, sections=sections)
    return content


def read_mapping(path: Path, *, parse: Callable[[str], Any], sections: Sequence[str] = SECTIONS) -> Any:
    """Return what `parse` makes of a YAML file, after a check that it is a mapping.

    Args:
        path: The file.
        parse: Function that parses YAML.
        sections: Names of the sections that the file has, for messages.

    Raises:
        InputError: If the file is missing or cannot be read as a YAML mapping.
    """
    try:
        content = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; give another path, or restore it with git checkout") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a file like params.yaml") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        found = "is empty" if content is None else f"contains {type(content).__name__}"
        raise InputError(f"{path} {found}; it must be a mapping of sections ({', '.join(sections)})")
    return content


@cache  # cached, because a stage reads several sections of the same text
def _parsed(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def read_params(path: Path, *, sections: Sequence[str] = SECTIONS) -> dict[str, Any]:
    """Return the mapping in params.yaml with its top-level keys checked; the caller must not change it.

    Args:
        path: The file of parameters.
        sections: All sections that it may have.

    Raises:
        InputError: If `load_params` refuses the file, or a section is unknown (`ParamsError`, which names all of them).
    """
    content = load_params(path, sections=sections)
    if unknown := unknown_sections(path, content, sections=sections):
        raise ParamsError(unknown)
    return content


def unknown_sections(path: Path, content: dict[Any, Any], *, sections: Sequence[str] = SECTIONS) -> list[str]:
    """Return one line for each section that is not among `sections`."""
    unknown = [key for key in content if key not in sections]
    return [f"{path}: unknown section {key!r}; allowed are {', '.join(sections)}" for key in unknown]


def validated(path: Path, key: str, value: Any, kind: Any) -> Any:
    """Return the value at dotted `key` of params.yaml as a `kind`, which pydantic validates.

    Args:
        path: The file of parameters, for messages.
        key: Dotted name of the value, for messages.
        value: The value.
        kind: The type that the value must have, usually a subclass of `Section`.

    Raises:
        ParamsError: If it does not fit, with every problem.
    """
    try:
        # Through JSON, because strict mode takes a list for a tuple only there.
        return TypeAdapter(kind).validate_json(json.dumps(value, default=str), strict=True)
    except TypeError:  # YAML allows lists and mappings as keys
        raise ParamsError([f"{path}: {key} has a key that is not text; give a word as the key"]) from None
    except ValidationError as error:
        raise ParamsError([f"{path}: {text}" for text in _texts(key, value, error)]) from None


def _texts(key: str, value: Any, error: ValidationError) -> list[str]:
    texts = []
    problems = [(*_keys(value, problem), problem) for problem in error.errors(include_url=False)]
    for keys, tagged, problem in problems:
        kind, place = problem["type"], ".".join([key, *keys])
        deeper = any(len(others) > len(keys) and others[: len(keys)] == keys for others, *_ in problems)
        # pydantic does not count items that are wrong themselves, and adds the types of a union that fit less well.
        if deeper and (tagged or kind == "too_short"):
            continue
        types = [other["msg"] for others, union, other in problems if union and others == keys] if tagged else []
        first, *others = types or [problem["msg"]]
        message = ", or ".join([first, *(other.removeprefix("Input should be ") for other in others)])
        for theirs, ours in (("Value error, ", ""), ("an object", "a mapping"), ("a valid array", "a list")):
            message = message.replace(theirs, ours)
        if kind == "extra_forbidden":
            texts.append(f"unknown key {place!r}; remove it or correct its spelling")
        elif kind == "missing" and isinstance(problem["input"], list):
            place, _, last = place.rpartition(".")
            texts.append(f"{place} is {json.dumps(problem['input'])}: value {int(last) + 1} is missing")
        elif kind == "union_tag_invalid":
            name, allowed = problem["ctx"]["discriminator"].strip("'"), problem["ctx"]["expected_tags"]
            given = json.dumps(problem["input"][name], default=str)
            texts.append(f"{place}.{name} is {given}: input should be one of {allowed}")
        elif kind in ("missing", "union_tag_not_found"):
            of_row = key.startswith("models.")  # a row need not be in any profile
            where = "docs/own-model.md describes it" if of_row else "profiles/default.yaml has it with a value"
            texts.append(f"{place!r} is missing; {where}")
        elif isinstance(problem["input"], dict):  # the message of a check of several keys names these keys itself
            texts.append(f"{place}: {message}")
        else:
            given = json.dumps(problem["input"], default=str)
            texts.append(f"{place} is {given}: {message[:1].lower()}{message[1:]}")
    return list(dict.fromkeys(texts))


def _keys(value: Any, problem: Any) -> tuple[list[str], bool]:
    """Return the keys that lead to a problem, without the tags of unions that pydantic puts between and after them.

    The second result is whether such a tag ends the location, so that the problem is that of one type of a union.
    """
    keys, found = [], True
    for part in problem["loc"]:
        found = part in value if isinstance(value, dict) else isinstance(value, list) and part in range(len(value))
        if found:
            value = value[part]
            keys.append(str(part))
    if problem["type"] == "missing":
        return [*keys, str(problem["loc"][-1])], False
    if problem["type"] == "union_tag_not_found":
        return [*keys, problem["ctx"]["discriminator"].strip("'")], False
    return keys, not found
