"""Checks before a stage runs: names of rows, input files that params.yaml names, and places of outputs."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from galaxy.output_path import refuse_inputs
from galaxy.workbench.named_inputs import named_inputs, refusals
from galaxy.workbench.params_error import ParamsError
from galaxy.workbench.params_file import load_params
from galaxy.workbench.row_names import row_problems


def check_rows_and_inputs(params: Path) -> None:
    """Check that the pipeline can use the names of all rows, and that DVC would delete no input file.

    Raises:
        ParamsError: If it cannot; it holds one line for each problem.
    """
    content = load_params(params)
    root = Path(os.environ.get("DVC_ROOT", params.absolute().parent))
    if problems := [f"{params}: {text}" for text in (*row_problems(content), *refusals(content, root))]:
        raise ParamsError(problems)


def check_stage_outputs(written: Iterable[Path], given: Iterable[Any], params: Path | None) -> None:
    """Check that a stage writes over nothing that it may read.

    Args:
        written: Paths of the outputs.
        given: Values of the stage's other options; the paths among them, and lists of paths, are inputs. The files in
            a folder that is an input are inputs as well.
        params: The file of parameters, or None where the stage has none. The files that it names are inputs.

    Raises:
        InputError: If an output is one of the inputs, or a folder that holds one.
    """
    values = [value for option in given for value in (option if isinstance(option, list) else [option])]
    read = [value for value in values if isinstance(value, Path)]
    if params is not None:
        read += [named.path for named in named_inputs(load_params(params)) if named.path is not None]
    files = [file for path in read if path.is_dir() for file in path.rglob("*")]
    for path in written:
        refuse_inputs(path, [*read, *files])
