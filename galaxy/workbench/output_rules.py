"""Refuses outputs of commands at the paths of files of the pipeline, of DVC or of git."""

import os
from pathlib import Path

from galaxy.errors import InputError
from galaxy.output_path import check_output
from galaxy.workbench.dvc_commands import git
from galaxy.workbench.named_inputs import out_of, pipeline_outs
from galaxy.workbench.repository import is_root


def refuse_outs(*paths: Path | None) -> None:
    """Check that no output of a command is an out of a pipeline or lies in one.

    Args:
        paths: The outputs; None stands for one that is not written.

    Raises:
        InputError: If a stage writes there: `dvc repro` would delete the output, or read it as its own.
    """
    for path in filter(None, paths):
        for root in dict.fromkeys([*path.absolute().parents, *Path(os.path.realpath(path)).parents]):
            if is_root(root) and (inside := out_of(path.absolute(), pipeline_outs(root), root)):
                out, stage = inside
                raise InputError(f"{path} is {out} or lies in it, which stage {stage} writes; give another place")


def check_drawn(path: Path, *, root: Path, own: str, overwrite: bool) -> Path:
    """Check the output of a command that reads the whole repository.

    Args:
        path: Path of the output.
        root: Root of the repository.
        own: Default path of the command's output, relative to the root, which is replaced even without `overwrite`.
        overwrite: Whether a file elsewhere may be replaced.

    Returns:
        The absolute path of the output with all links resolved.

    Raises:
        InputError: If the output is a file of git, DVC or the pipeline, cannot be written, or exists without
            `overwrite`.
    """
    refuse_outs(path)
    target = Path(os.path.realpath(path))
    for folder in (".git", ".dvc"):
        if target.is_relative_to((root / folder).resolve()):
            raise InputError(f"{path} lies in {folder}/, which this command reads; give another place")
    read = [root / name for name in git("ls-files", "-z", cwd=root).split("\0") if name]
    is_own = target == Path(os.path.realpath(root / own))
    return check_output(path, inputs=read, overwrite=overwrite or is_own)
