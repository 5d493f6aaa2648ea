"""What the entry points of all stages share: options for paths, checks of inputs and outputs, one-line errors."""

import functools
import inspect
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Annotated, Any, Never

import typer

from galaxy.errors import InputError
from galaxy.workbench.error_exit import exit_with_error, exit_with_file_error
from galaxy.workbench.named_inputs import from_root
from galaxy.workbench.read_section import read_section
from galaxy.workbench.stage_checks import check_rows_and_inputs, check_stage_outputs

__all__ = ["PARAMS", "WRITTEN", "InFile", "OutFile", "ParamsFile", "from_root", "read_section", "run_stage"]

ParamsFile = Annotated[Path, typer.Option("--params", help="The parameters of the pipeline.")]
PARAMS = Path("params.yaml")

WRITTEN = "written by the stage"
"""Marks the options that name what a stage writes."""

InFile = Annotated[Path, typer.Option(help="Input.")]
OutFile = Annotated[Path, WRITTEN, typer.Option(help="Output.")]


def checked(main: Callable[..., None], *, recorded: bool = True, guarded: bool = True) -> Callable[..., None]:
    """Return `main` with checks before it and, where it succeeds, an entry of the stage log after it.

    The arguments are those of `run_stage`.
    """
    options = inspect.signature(main).parameters
    outs = [name for name, option in options.items() if WRITTEN in getattr(option.annotation, "__metadata__", ())]

    @functools.wraps(main)
    def run(**values: Any) -> None:
        params: Path | None = values.get("params")
        if guarded and params is not None:
            check_rows_and_inputs(params)
        written: list[Path] = [values[name] for name in outs]
        check_stage_outputs(written, [value for name, value in values.items() if name not in outs], params)
        started = time.perf_counter()
        main(**values)
        if recorded and os.environ.get("RANK", "0") == "0":  # only the leading one of processes that train together
            from galaxy.workbench.stage_log import record

            stage = os.environ.get("DVC_STAGE") or Path(sys.argv[0]).stem
            record(stage, written, seconds=time.perf_counter() - started, params_path=params or PARAMS)

    return run


def run_stage(main: Callable[..., None], *, recorded: bool = True, guarded: bool = True) -> None:
    """Run `main` as a command line that prints input errors without a traceback.

    Args:
        main: The function of the stage; its arguments become the options.
        recorded: Whether the stage log gets an entry with what the stage cost.
        guarded: Whether to check first that the pipeline can use the names of rows and the input files. Stage `inputs`
            has the same checks, but `dvc repro --single-item` runs another stage without it.
    """
    signal.signal(signal.SIGTERM, _leave)
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(checked(main, recorded=recorded, guarded=guarded))
    try:
        app()
    except InputError as error:
        exit_with_error(error)
    except OSError as error:
        exit_with_file_error(error)


def _leave(number: int, frame: FrameType | None) -> Never:  # noqa: ARG001
    # Raises, so that temporary files are removed; the default handler would leave them.
    raise SystemExit(128 + number)
