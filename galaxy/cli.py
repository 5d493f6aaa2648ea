"""`galaxy`: what is not a stage of the pipeline."""

import os
from pathlib import Path
from typing import Annotated

import typer

from galaxy.errors import InputError

app = typer.Typer(
    help="Benchmark of galaxy morphology classification; the pipeline itself runs with `dvc repro`.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # importing rich would double the time that --help takes
)

Params = Annotated[Path, typer.Option(help="The parameters of the pipeline.")]


@app.command()
def profile(
    names: Annotated[
        list[str],
        typer.Argument(
            help="`default` for two cores and no network, `paper` for the report's protocol, `authors` for the LoRA "
            "of its authors' code; `paper authors` for both."
        ),
    ],
    params: Params = Path("params.yaml"),
    profiles: Annotated[Path, typer.Option(help="Folder of the profiles.")] = Path("profiles"),
) -> None:
    """Set every setting in params.yaml to what the profiles say, comments and further rows kept."""
    from galaxy.workbench.profile import apply_profile

    changes = apply_profile(params, names, folder=profiles)
    typer.echo("\n".join(changes) if changes else f"{params} has the values of {' '.join(names)} already")


@app.command()
def check(params: Params = Path("params.yaml")) -> None:
    """Check every section of params.yaml at once, before anything runs."""
    from galaxy.workbench.check import check_params

    check_params(params)


@app.command()
def page(
    folder: Annotated[Path, typer.Option(help="Folder of the page, which stage `report` writes.")] = Path("report"),
    params: Params = Path("params.yaml"),
) -> None:
    """Show the findings and the page's address; write what was measured on this machine to report/machine.js."""
    import shutil

    from galaxy.workbench.page import summary_text, write_machine

    write_machine(folder, params)
    typer.echo(summary_text(folder, width=min(shutil.get_terminal_size().columns, 120)))


@app.command()
def tidy(root: Annotated[Path, typer.Option(help="Root of the repository.")] = Path()) -> None:
    """Remove outs of stages that are gone, such as those of a row taken out of params.yaml; DVC's cache keeps them."""
    from galaxy.workbench.stale_outs import remove_leftovers

    for path in remove_leftovers(root):
        typer.echo(f"{path} removed: no stage makes it any more")


@app.command()
def predict(
    row: Annotated[str, typer.Argument(help="A trained row of the table, such as custom.")],
    file: Annotated[Path, typer.Argument(help="HDF5 file with `images` (N, S, S, 3) uint8.")],
    output: Annotated[Path, typer.Option(help="CSV to write; - is standard output.")],
    models: Annotated[Path, typer.Option(help="Folder of the trained rows.")] = Path("data/models"),
    seed: Annotated[int | None, typer.Option(help="Use this training alone; without, their mean.")] = None,
    crop: Annotated[int | None, typer.Option(min=1, help="Pixels of the centre crop; else that of training.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists already.")] = False,
) -> None:
    """Classify the images of a file with a trained row."""
    trained = sorted(path.parent.name for path in models.glob("*/model.json"))
    if row not in trained:
        raise InputError(f"row {row!r} is not trained; {models} has {', '.join(trained) or 'none: run dvc repro'}")
    from galaxy.device import pick_device
    from galaxy.models.stored import read_description
    from galaxy.predict.classify_file import predict_file
    from galaxy.workbench.training_data import training_data

    device = pick_device(os.environ.get("GALAXY_DEVICE"))
    count = predict_file(models / row, file, output, device=device, seed=seed, crop=crop, overwrite=overwrite)
    learnt_from = training_data(models, manifest=read_description(models / row).manifest)
    typer.echo(f"{output}: {count} images classified by {row}, which learnt from {learnt_from}", err=str(output) == "-")


@app.command()
def verify(
    sums: Annotated[Path, typer.Option(help="The recorded sums.")] = Path("SHA256SUMS"),
) -> None:
    """Hash every file of the pipeline again and name those that are not what was recorded."""
    from galaxy.checksums import verify_sums

    if wrong := verify_sums(sums, progress=True):
        for line in wrong:
            typer.echo(line, err=True)
        raise InputError(f"{len(wrong)} file(s) are not what {sums} records; `dvc checkout` brings them back")
    typer.echo(f"every file is what {sums} records")


@app.command()
def plots(
    revisions: Annotated[
        list[str] | None, typer.Argument(help="Branches, commits or experiments; one stands beside the work tree.")
    ] = None,
    output: Annotated[Path, typer.Option(help="The page.")] = Path("dvc_plots/index.html"),
) -> None:
    """Draw curves, confusion and reliability as `dvc plots` does, on a page that needs no network."""
    from galaxy.workbench.plots import read_charts, write_page

    write_page(output, read_charts(revisions or []), title=" ".join(["Charts", *(revisions or [])]))
    typer.echo(output)


@app.command()
def compare(
    base: Annotated[str, typer.Argument(help="Branch, tag or commit.")],
    output: Annotated[Path, typer.Option(help="Markdown.")] = Path("report/compare.md"),
    charts: Annotated[Path, typer.Option(help="Page of all charts.")] = Path("dvc_plots/index.html"),
) -> None:
    """Write what differs from another revision, which is reproduced first: parameters, metrics, charts."""
    from galaxy.atomic import write_text
    from galaxy.workbench.compare import compare as compare_with
    from galaxy.workbench.plots import write_page

    text, drawn = compare_with(base, Path())
    write_text(output, text)
    write_page(charts, drawn, title=f"Charts beside {base}")
    typer.echo(output)


def main() -> None:
    """Entry point of the `galaxy` command: input errors are one line, without a traceback."""
    try:
        app()
    except InputError as error:
        from stages._stage import fail

        fail(str(error))


if __name__ == "__main__":
    main()
