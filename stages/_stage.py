"""What every stage's entry point shares: path options, strict reading of params.yaml, one-line errors."""

import copy
import functools
import inspect
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Never, TypeVar

import typer
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from galaxy.errors import InputError
from galaxy.output_path import refuse_inputs

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
    "evaluate",
    "evaluate_clusters",
    "report",
)
"""The sections of params.yaml, in the order of the file."""

ParamsFile = Annotated[Path, typer.Option("--params", help="The parameters of the pipeline.")]
PARAMS = Path("params.yaml")

InFile = Annotated[Path, typer.Option(help="Input.")]
OutFile = Annotated[Path, typer.Option(help="Output.")]

T = TypeVar("T")


class Section(BaseModel):
    """A section of params.yaml: read-only, no unknown keys, no silent conversions ("5" is no number)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def read_params(path: Path, *, sections: Sequence[str] = SECTIONS) -> dict[str, Any]:
    """All of params.yaml as plain values, with its top-level keys checked.

    Read as YAML 1.2, like DVC does: `5e-4` is a number here, where PyYAML would see a string.
    """
    try:
        content = copy.deepcopy(_parse(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist: run from the root of the repository") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); give a file like params.yaml") from None
    except (YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} holds {type(content).__name__}, not a mapping of sections ({', '.join(sections)})")
    for key in content:
        if key not in sections:
            raise InputError(f"{path}: unknown section {key!r}; allowed are {', '.join(sections)}")
    return content


@functools.lru_cache(maxsize=2)
def _parse(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)  # takes a sixth of a second, and a stage reads several sections


def read_section(path: Path, key: str, kind: Any, *, sections: Sequence[str] = SECTIONS) -> Any:
    """The section `key` (dotted for nested ones) of params.yaml, validated as `kind`, a type or a `Section`."""
    value: Any = read_params(path, sections=sections)
    for depth, part in enumerate(key.split(".")):
        if not isinstance(value, dict) or part not in value:
            where = ".".join(key.split(".")[:depth]) or "the file"
            known = ", ".join(map(str, value)) if isinstance(value, dict) else "nothing"
            raise InputError(f"{path}: {key!r} is missing; {where} has {known}")
        value = value[part]
    try:
        # Through JSON, because strict mode takes a list for a tuple only there.
        return TypeAdapter(kind).validate_json(json.dumps(value, default=str), strict=True)
    except TypeError:  # YAML allows lists and mappings as keys
        raise InputError(f"{path}: {key} has a key that is no text; give words as keys") from None
    except ValidationError as error:
        raise InputError(f"{path}: {_first_problem(key, value, error)}") from None


def _first_problem(key: str, value: Any, error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    first = problems[0]
    place = ".".join([key, *_keys(value, first["loc"])])
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    if first["type"] == "extra_forbidden":
        return f"unknown key {place!r}; remove it or correct its spelling{more}"
    if first["type"] == "missing":
        return f"{place!r} is missing{more}"
    message = first["msg"].removeprefix("Value error, ")
    if isinstance(first["input"], dict):  # the message of a check across keys names what it is about
        return f"{place}: {message}{more}"
    given = json.dumps(first["input"], default=str)
    return f"{place} is {given}: {message[:1].lower()}{message[1:]}{more}"


def _keys(value: Any, location: tuple[int | str, ...]) -> list[str]:
    """The keys that lead to a problem, without the tags of unions that pydantic puts between them."""
    keys = []
    for depth, part in enumerate(location):
        found = part in value if isinstance(value, dict) else isinstance(value, list) and isinstance(part, int)
        if found:
            value = value[part]
        if found or depth == len(location) - 1:
            keys.append(str(part))
    return keys


def from_root(path: str | Path) -> Path:
    """A path that a person gave: relative ones count from the main repository, also when DVC runs a stage in a copy."""
    return Path(os.environ.get("DVC_ROOT", "."), Path(path).expanduser())


def fail(message: str) -> Never:
    """Print one line to stderr and exit with status 1; a process that torchrun has started hands the line to it."""
    line = " ".join(message.split())
    if error_file := os.environ.get("TORCHELASTIC_ERROR_FILE"):
        Path(error_file).write_text(json.dumps({"message": line, "timestamp": int(time.time())}), encoding="utf-8")
    else:
        print(f"error: {line}", file=sys.stderr)
    raise SystemExit(1)


def _leave(number: int, frame: FrameType | None) -> Never:  # noqa: ARG001
    # Unwinds the stack, so that temporary files are removed; the default would leave them.
    raise SystemExit(128 + number)


def _recorded(main: Callable[..., None]) -> Callable[..., None]:
    """`main`, which leaves an entry about what its outs cost once they are made."""
    options = inspect.signature(main).parameters
    outs = [name for name, option in options.items() if option.annotation == OutFile]
    read = [name for name, option in options.items() if option.annotation in (InFile, ParamsFile)]

    @functools.wraps(main)
    def run(**values: Any) -> None:
        started = time.perf_counter()
        for name in outs:
            refuse_inputs(values[name], [values[other] for other in read if other in values])
        main(**values)
        if os.environ.get("RANK", "0") == "0":  # of processes that train together, the one that writes
            from galaxy.workbench.stage_log import record

            stage = os.environ.get("DVC_STAGE") or Path(sys.argv[0]).stem
            seconds = time.perf_counter() - started
            record(stage, [values[name] for name in outs], seconds=seconds, params_path=values.get("params", PARAMS))

    return run


def run_stage(main: Callable[..., None], *, recorded: bool = True) -> None:
    """Run `main` as a command line whose input errors are one line; `recorded` leaves an entry of its costs."""
    signal.signal(signal.SIGTERM, _leave)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(_recorded(main) if recorded else main)
    try:
        app()
    except InputError as error:
        fail(str(error))
