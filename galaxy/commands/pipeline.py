"""Commands that prepare and run the pipeline."""

import re
from pathlib import Path
from typing import Annotated

import typer

from galaxy.commands.common_options import NeededParams, Root, needed_option
from galaxy.errors import InputError
from galaxy.workbench.queue_advice import queue_advice
from galaxy.workbench.repository import require_repository

app = typer.Typer()


@app.command()
def profile(
    names: Annotated[
        list[str],
        typer.Argument(
            help="`default` for two cores and no network, `paper` for the report's protocol. Added to either: "
            "`authors` for the LoRA of its authors' code, `imagenet` for one more row, with ImageNet's weights."
        ),
    ],
    params: NeededParams,
    profiles: Annotated[Path, needed_option("profiles", "Folder of the profiles.")],
) -> None:
    """Write the settings of one or more profiles into params.yaml.

    Comments and further rows of the table stay.
    """
    from galaxy.workbench.profile import apply_profile

    changes = apply_profile(params, names, folder=profiles)
    typer.echo("\n".join(changes) if changes else f"{params} has the values of {' '.join(names)} already")


@app.command()
def check(params: NeededParams) -> None:
    """Check settings, files and this machine before anything runs."""
    from galaxy.workbench.check import check_params
    from galaxy.workbench.input_records import write_records
    from galaxy.workbench.params_file import read_params

    own = check_params(params)
    if (params.parent / "dvc.yaml").is_file():
        write_records(read_params(params), params.parent / "inputs", own=own)
    for advice in queue_advice(params.resolve().parent):
        typer.echo(f"note: {advice}", err=True)


@app.command()
def fetch(params: NeededParams) -> None:
    """Fetch the data and the weights that params.yaml names.

    For machines without a network: run it where there is one.
    """
    from galaxy.workbench.fetch import fetch as fetch_all

    try:
        fetch_all(params, say=typer.echo)
    except KeyboardInterrupt as stop:
        typer.echo(stop, err=True)
        raise typer.Exit(130) from None
    typer.echo("all files that params.yaml names are available")


@app.command()
def repro(
    jobs: Annotated[int, typer.Option(min=1, help="Largest number of stages that run at once.")] = 2,
    divide: Annotated[
        bool, typer.Option("--divide", help="Divide the cores among the stages, which changes the bytes of their outs.")
    ] = False,
    launcher: Annotated[
        str, typer.Option(metavar="COMMAND", help="Program that runs each stage elsewhere, such as 'srun --gpus=1'.")
    ] = "",
) -> None:
    """Run the stages that have changed, several at once.

    Gives the same files as `dvc repro`. The stages share the cores, and each gets one of the GPUs; with --launcher they
    run where that program starts them.
    """
    import shlex

    from galaxy.workbench.parallel_repro import reproduce

    if divide and launcher:
        raise InputError(
            "--divide shares the cores of this machine and --launcher runs stages elsewhere; give one of them"
        )
    try:
        command = shlex.split(launcher)
    except ValueError as error:
        raise InputError(f"--launcher is {launcher!r} ({error}); write it as in a shell") from None
    reproduce(require_repository(), jobs, say=typer.echo, divide=divide, launcher=command)


@app.command()
def tidy(root: Root) -> None:
    """Remove the outs of stages that no longer exist.

    Such outs remain when a row is removed from params.yaml. DVC's cache keeps a copy of them.
    """
    from galaxy.workbench.stale_outs import remove_stale_outs

    gone, kept = remove_stale_outs(root)
    for path in gone:
        typer.echo(f"{path} was removed: no stage writes it any more")
    for path in kept:
        typer.echo(
            f"{path} was kept: no stage writes it any more, but it was changed by hand; move or remove it", err=True
        )


@app.command()
def verify(sums: Annotated[Path, needed_option("SHA256SUMS", "The recorded sums.")]) -> None:
    """Hash all files of the pipeline again and name changed files."""
    from galaxy.checksums import verify_sums
    from galaxy.workbench.restore_advice import restore_advice

    if wrong := verify_sums(sums, progress=True):
        for line in wrong:
            typer.echo(line, err=True)
        names = [re.split(": (?=the SHA-256 is |cannot be read )", line)[0] for line in wrong]
        remedy = restore_advice(sums.absolute().parent, names)
        raise InputError(
            f"{len(wrong)} of the files {'is' if len(wrong) == 1 else 'are'} not what {sums} records; {remedy}"
        )
    typer.echo(f"every file is what {sums} records")
