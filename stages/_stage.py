"""What every stage's entry point shares: path options, strict reading of params.yaml, one-line errors."""

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
from pydantic import BaseModel, ConfigDict

from galaxy.errors import InputError
from galaxy.output_path import refuse_inputs
from galaxy.workbench.named_inputs import from_root, named_inputs, refusals
from galaxy.workbench.params_file import SECTIONS, ParamsError, load_params, read_params, validated
from galaxy.workbench.row_names import row_problems

__all__ = ["PARAMS", "WRITTEN", "InFile", "OutFile", "ParamsFile", "Section", "from_root", "read_section", "run_stage"]

ParamsFile = Annotated[Path, typer.Option("--params", help="The parameters of the pipeline.")]
PARAMS = Path("params.yaml")

WRITTEN = "written by the stage"
"""Marks the options that name outputs."""

InFile = Annotated[Path, typer.Option(help="Input.")]
OutFile = Annotated[Path, WRITTEN, typer.Option(help="Output.")]

T = TypeVar("T")


class Section(BaseModel):
    """A section of params.yaml: read-only, no unknown keys, no silent conversions ("5" is no number)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def read_section(path: Path, key: str, kind: Any, *, sections: Sequence[str] = SECTIONS) -> Any:
    """Return a section of params.yaml, validated.

    Args:
        path: The file of parameters.
        key: Of the section, dotted for nested ones.
        kind: A type or a `Section`.
        sections: All sections that the file may have.

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


def fail(*messages: str) -> Never:
    """Print one line for each message to stderr and exit with status 1; torchrun's processes hand the lines to it.

    Under DVC the lines start as DVC's own do, so that whoever searches its log for ERROR finds the reason.
    """
    lines = [" ".join(message.split()) for message in messages]
    if error_file := os.environ.get("TORCHELASTIC_ERROR_FILE"):
        content = {"message": "; ".join(lines), "timestamp": int(time.time())}
        Path(error_file).write_text(json.dumps(content), encoding="utf-8")
    else:
        word = "ERROR" if "DVC_STAGE" in os.environ else "error"
        print("\n".join(f"{word}: {line}" for line in lines), file=sys.stderr)
    raise SystemExit(1)


def fail_with(error: InputError) -> Never:
    """Print what is wrong, one line for each problem, and exit with status 1."""
    fail(*(error.problems if isinstance(error, ParamsError) else [str(error)]))


def _leave(number: int, frame: FrameType | None) -> Never:  # noqa: ARG001
    # Unwinds the stack, so that temporary files are removed; the default would leave them.
    raise SystemExit(128 + number)


def _guarded(main: Callable[..., None]) -> Callable[..., None]:
    """Return `main` with a first step that refuses rows and inputs under which no stage may run.

    Stage `inputs` refuses them before any other stage; `dvc repro --single-item` runs a stage without it.
    """

    @functools.wraps(main)
    def run(**values: Any) -> None:
        path = values.get("params")
        if path is not None:
            content = load_params(path)
            root = Path(os.environ.get("DVC_ROOT", path.absolute().parent))
            if problems := [f"{path}: {text}" for text in (*row_problems(content), *refusals(content, root))]:
                raise ParamsError(problems)
        main(**values)

    return run


def _outs(main: Callable[..., None]) -> list[str]:
    """Return the names of a stage's options that name what it writes."""
    options = inspect.signature(main).parameters
    return [name for name, option in options.items() if WRITTEN in getattr(option.annotation, "__metadata__", ())]


def _keeping_inputs(main: Callable[..., None]) -> Callable[..., None]:
    """Return `main` with a first step that refuses outputs over anything that it may read."""
    outs = _outs(main)

    @functools.wraps(main)
    def run(**values: Any) -> None:
        given = [value for name, value in values.items() if name not in outs]
        paths = [path for value in given for path in (value if isinstance(value, list) else [value])]
        read = [path for path in paths if isinstance(path, Path)]
        if params := values.get("params"):
            read += [named.path for named in named_inputs(load_params(params)) if named.path is not None]
        files = [file for path in read if path.is_dir() for file in path.rglob("*")]
        for name in outs:
            refuse_inputs(values[name], [*read, *files])
        main(**values)

    return run


def _recorded(main: Callable[..., None]) -> Callable[..., None]:
    """Return `main` with a last step that records what its outs cost."""
    outs = _outs(main)

    @functools.wraps(main)
    def run(**values: Any) -> None:
        started = time.perf_counter()
        main(**values)
        if os.environ.get("RANK", "0") == "0":  # of processes that train together, the one that writes
            from galaxy.workbench.stage_log import record

            stage = os.environ.get("DVC_STAGE") or Path(sys.argv[0]).stem
            seconds = time.perf_counter() - started
            record(stage, [values[name] for name in outs], seconds=seconds, params_path=values.get("params", PARAMS))

    return run


def run_stage(main: Callable[..., None], *, recorded: bool = True, guarded: bool = True) -> None:
    """Run `main` as a command line that prints input errors without a traceback.

    Args:
        main: The stage; its arguments are the options.
        recorded: Whether the stage log gets an entry.
        guarded: Whether rows and inputs under which no stage may run are refused first.
    """
    signal.signal(signal.SIGTERM, _leave)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    command = _keeping_inputs(_recorded(main) if recorded else main)
    app.command()(_guarded(command) if guarded else command)
    try:
        app()
    except InputError as error:
        fail_with(error)
