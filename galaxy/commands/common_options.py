"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer

from galaxy.workbench.repository import in_repository, needed_in_repository


def in_repository_option(name: str, meaning: str) -> Any:
    """Return an option whose default is a file of the repository, also when the command starts in a subfolder."""
    return typer.Option(help=meaning, default_factory=lambda: in_repository(name), show_default=name)


def needed_option(name: str, meaning: str) -> Any:
    """Return an option like `in_repository_option` for a file that must exist."""
    return typer.Option(help=meaning, default_factory=lambda: needed_in_repository(name), show_default=name)


Params = Annotated[Path, in_repository_option("params.yaml", "The parameters of the pipeline.")]
NeededParams = Annotated[Path, needed_option("params.yaml", "The parameters of the pipeline.")]
Root = Annotated[Path, needed_option(".", "Root of the repository.")]
Charts = Annotated[Path, in_repository_option("dvc_plots/index.html", "Page to write.")]
