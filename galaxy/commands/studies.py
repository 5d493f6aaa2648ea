"""Commands for measurements that are not part of the pipeline: `galaxy study`."""

from pathlib import Path
from typing import Annotated

import typer

from galaxy.commands.common_options import Params, in_repository_option

app = typer.Typer()
study = typer.Typer(help="Measurements outside the pipeline, each with its own page.", no_args_is_help=True)
app.add_typer(study, name="study")


@study.callback()
def _group() -> None:
    """Measurements outside the pipeline, each with its own page."""


@study.command()
def labels(
    params: Params,
    data: Annotated[Path, in_repository_option("data", "Folder of the pipeline's files; --images replaces them.")],
    output: Annotated[
        Path, in_repository_option("studies/labels.json", "JSON to write; the page is written beside it.")
    ],
    state: Annotated[
        Path,
        in_repository_option(".state/studies", "Folder that keeps finished trainings until the study is complete."),
    ],
    images: Annotated[
        Path | None,
        typer.Option(help="HDF5 file in Galaxy10's layout, used in five folds instead of the pipeline's split."),
    ] = None,
    rows: Annotated[
        list[str] | None, typer.Option("--row", help="A row; may be repeated. All rows by default.")
    ] = None,
    shares: Annotated[
        list[float] | None, typer.Option("--share", help="A share of the training labels in per cent; may be repeated.")
    ] = None,
    rates: Annotated[
        list[float] | None, typer.Option("--rate", help="A learning rate to try; may be repeated.")
    ] = None,
    seeds: Annotated[int, typer.Option(help="Number of seeds.")] = 3,
    epochs: Annotated[
        int, typer.Option(help="Number of epochs of the whole training set; every share has as many updates.")
    ] = 30,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output.")] = False,
) -> None:
    """Measure how accuracy depends on the share of the training labels.

    All rows, shares and seeds take hours on two cores; give fewer with --row, --share, --seeds and --epochs. An
    interrupted study resumes when it is started again with the same options.
    """
    from galaxy.workbench.label_study_command import RATES, SHARES, study_labels

    lines = study_labels(
        params,
        images=images,
        data=data,
        output=output,
        state=state,
        rows=rows or [],
        shares=shares or SHARES,
        rates=rates or RATES,
        seeds=seeds,
        epochs=epochs,
        overwrite=overwrite,
    )
    for line in lines:
        typer.echo(line)
