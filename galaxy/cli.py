"""The command line `galaxy`: what people run around the pipeline.

Commands find the repository from any of its folders. Paths that are given count from the current folder, as usual.
"""

from pathlib import Path
from typing import Annotated, Any

import typer

from galaxy.errors import InputError
from galaxy.workbench.repository import in_repository, require_repository, shallow_advice

app = typer.Typer(
    help="Benchmark of galaxy morphology classification; the pipeline itself runs with `dvc repro`.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # importing rich would double the time that --help takes
)


def _in_repository(name: str, meaning: str) -> Any:
    """An option whose default is a file of the repository, also when the command is started in a subfolder."""
    return typer.Option(help=meaning, default_factory=lambda: in_repository(name), show_default=name)


Params = Annotated[Path, _in_repository("params.yaml", "The parameters of the pipeline.")]
Root = Annotated[Path, _in_repository(".", "Root of the repository.")]
Charts = Annotated[Path, _in_repository("dvc_plots/index.html", "Page to write.")]


@app.command()
def profile(
    names: Annotated[
        list[str],
        typer.Argument(
            help="`default` for two cores and no network, `paper` for the report's protocol, `authors` for the LoRA "
            "of its authors' code; `paper authors` for both."
        ),
    ],
    params: Params,
    profiles: Annotated[Path, _in_repository("profiles", "Folder of the profiles.")],
) -> None:
    """Write the settings of one or more profiles into params.yaml.

    Comments and further rows of the table stay.
    """
    from galaxy.workbench.profile import apply_profile

    changes = apply_profile(params, names, folder=profiles)
    typer.echo("\n".join(changes) if changes else f"{params} has the values of {' '.join(names)} already")


@app.command()
def check(params: Params) -> None:
    """Check settings, files and this machine before anything runs."""
    from galaxy.workbench.check import check_params
    from galaxy.workbench.input_records import write_records
    from galaxy.workbench.params_file import read_params

    own = check_params(params)
    if (params.parent / "dvc.yaml").is_file():
        write_records(read_params(params), params.parent / "inputs", own=own)
    if advice := shallow_advice(params.resolve().parent):
        typer.echo(f"note: {advice}", err=True)


@app.command()
def repro(
    jobs: Annotated[int, typer.Option(min=1, help="Largest number of stages that run at once.")] = 2,
) -> None:
    """Run the stages that have changed, several at once.

    Gives the same files as `dvc repro`. The stages share the cores, and each gets one of the GPUs.
    """
    from galaxy.workbench.parallel_repro import reproduce

    reproduce(require_repository(), jobs, say=typer.echo)


@app.command()
def page(
    folder: Annotated[Path, _in_repository("report", "Folder of the page, which stage `report` writes.")],
    params: Params,
) -> None:
    """Print the findings and the address of the report's page.

    Also writes what was measured on this machine, which the page shows, to report/machine.js.
    """
    import shutil

    from galaxy.workbench.page import summary_text, write_machine

    write_machine(folder, params)
    typer.echo(summary_text(folder, width=min(shutil.get_terminal_size().columns, 120)))


@app.command()
def tidy(root: Root) -> None:
    """Remove outs of stages that are gone; DVC's cache keeps them.

    A row that is taken out of params.yaml leaves such outs.
    """
    from galaxy.workbench.stale_outs import remove_leftovers

    for path in remove_leftovers(root):
        typer.echo(f"{path} removed: no stage makes it any more")


@app.command()
def predict(
    row: Annotated[str, typer.Argument(help="A trained row of the table, such as custom, or the folder of one.")],
    inputs: Annotated[
        list[Path],
        typer.Argument(
            help="Pictures (JPEG, PNG, TIFF), FITS cut-outs, folders, zip or tar archives, HDF5 files with `images`, "
            "or tables with a column of paths."
        ),
    ],
    output: Annotated[
        Path, typer.Option(help="Table to write, as .csv, .parquet, .fits or .ecsv; - prints CSV.", show_default=False)
    ],
    models: Annotated[Path, _in_repository("data/models", "Folder of the trained rows.")],
    seed: Annotated[int | None, typer.Option(help="Use this training alone instead of the mean of all.")] = None,
    crop: Annotated[
        int | None, typer.Option(min=1, help="Pixels on a side of the centre crop instead of the training's.")
    ] = None,
    pixel_scale: Annotated[
        float | None, typer.Option(help="Arcseconds per pixel of pictures that do not tell it.")
    ] = None,
    coverage: Annotated[
        float, typer.Option(help="Share of galaxies whose `set` of classes is to hold the true class.")
    ] = 0.9,
    symmetries: Annotated[
        bool, typer.Option("--symmetries", help="Average over the eight flips and quarter turns.")
    ] = False,
    path_column: Annotated[str | None, typer.Option(help="Column of paths in a table.")] = None,
    bands: Annotated[str, typer.Option(help="Bands of FITS cut-outs that become blue, green and red.")] = "grz",
    stretch: Annotated[float, typer.Option(help="Factor on the fluxes of FITS cut-outs.")] = 1.0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists already.")] = False,
) -> None:
    """Classify pictures with a trained row.

    A run that was killed goes on where it was when it is started again.
    """
    from galaxy.predict.classify import Options
    from galaxy.workbench.predict_command import predict as run

    options = Options(
        crop=crop,
        pixel_scale=float("nan") if pixel_scale is None else pixel_scale,
        coverage=coverage,
        symmetries=symmetries,
        path_column=path_column,
        bands=bands,
        stretch=stretch,
    )
    for line in run(row, inputs, output, models=models, seed=seed, options=options, overwrite=overwrite):
        typer.echo(line, err=str(output) == "-")


@app.command()
def fetch(params: Params) -> None:
    """Fetch the data and the weights that params.yaml names.

    For machines without a network: run it where there is one.
    """
    from galaxy.workbench.fetch import fetch as fetch_all

    try:
        fetch_all(params, say=typer.echo)
    except KeyboardInterrupt as stop:
        typer.echo(stop, err=True)
        raise typer.Exit(130) from None
    typer.echo("everything that params.yaml names is here")


@app.command()
def export(
    row: Annotated[str, typer.Argument(help="A trained row of the table, such as custom.")],
    output: Annotated[Path, typer.Option(help="Folder to write.", show_default=False)],
    models: Annotated[Path, typer.Option(help="Folder of the trained rows.")] = Path("data/models"),
    graphs: Annotated[
        bool, typer.Option(help="Write ONNX and torch.export, and compare them on test galaxies.")
    ] = True,
    push: Annotated[str | None, typer.Option(help="Upload to this repository of the Hugging Face hub.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a folder exported before.")] = False,
) -> None:
    """Write a trained row as a folder that stands alone.

    It holds weights, preprocessing, a model card, and the graphs of ONNX and torch.export.
    """
    from galaxy.workbench.export_command import export as run

    for line in run(row, output, models=models, graphs=graphs, overwrite=overwrite, push=push):
        typer.echo(line)


@app.command("import")
def import_command(
    source: Annotated[
        Path, typer.Argument(help="Folder with a folder of pictures for each class, or a table of paths and classes.")
    ],
    output: Annotated[Path, typer.Option(help="HDF5 file to write, in Galaxy10's layout.")],
    params: Params,
    size: Annotated[
        int | None, typer.Option(help="Pixels on a side to which pictures are cropped and averaged.")
    ] = None,
    path_column: Annotated[str | None, typer.Option(help="The table's column of paths.")] = None,
    label_column: Annotated[str | None, typer.Option(help="The table's column of classes.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists already.")] = False,
) -> None:
    """Write pictures as a file that the pipeline reads.

    Pictures are JPEG, PNG, TIFF or FITS. Prints the settings of params.yaml that fit the file.
    """
    from galaxy.workbench.import_pictures import describe, import_pictures

    imported = import_pictures(
        source,
        output,
        size=size,
        path_column=path_column,
        label_column=label_column,
        overwrite=overwrite,
        progress=True,
    )
    typer.echo(describe(imported, output, params))


manifest_commands = typer.Typer(help="Work on splits of galaxies.", no_args_is_help=True)
app.add_typer(manifest_commands, name="manifest")


@manifest_commands.command("verify")
def manifest_verify(
    file: Annotated[Path, typer.Argument(help="CSV of rows and sets: columns row (or id) and split (or set).")],
    galaxies: Annotated[
        Path | None, typer.Option(help="HDF5 file that the rows are of, for positions, labels and pictures.")
    ] = None,
    table: Annotated[Path | None, typer.Option(help="CSV with row, ra, dec and label, without pictures.")] = None,
    radius: Annotated[float, typer.Option(min=0, max=3600, help="Arcsec; closer galaxies are related.")] = 67.0,
) -> None:
    """Report what a split leaks: equal or close positions, copies of pictures, conflicting labels; status 1 if any."""
    from galaxy.workbench.verify_manifest import verify_manifest

    verdict = verify_manifest(file, galaxies=galaxies, table=table, radius=radius)
    typer.echo("\n".join(verdict.lines()))
    typer.echo("no leak found" if verdict.clean else f"{file} leaks")
    if not verdict.clean:
        raise typer.Exit(1)


@app.command()
def verify(sums: Annotated[Path, _in_repository("SHA256SUMS", "The recorded sums.")]) -> None:
    """Hash all files of the pipeline again and name changed ones."""
    from galaxy.checksums import verify_sums

    if wrong := verify_sums(sums, progress=True):
        for line in wrong:
            typer.echo(line, err=True)
        raise InputError(f"{len(wrong)} file(s) are not what {sums} records; `dvc checkout` brings them back")
    typer.echo(f"every file is what {sums} records")


@app.command()
def plots(
    output: Charts,
    revisions: Annotated[
        list[str] | None, typer.Argument(help="Branches, commits or experiments; one stands beside the work tree.")
    ] = None,
) -> None:
    """Draw DVC's charts on a page that needs no network.

    The charts show learning curves, confusion and reliability.
    """
    from galaxy.workbench.plots import read_charts, write_page

    charts = read_charts(revisions or [], require_repository())
    write_page(output, charts, title=" ".join(["Charts", *(revisions or [])]))
    typer.echo(output)


@app.command()
def compare(
    base: Annotated[str, typer.Argument(help="Branch, tag or commit.")],
    output: Annotated[Path, _in_repository("report/compare.md", "Markdown to write.")],
    charts: Charts,
) -> None:
    """Write what differs from another revision as Markdown.

    The other revision is reproduced first. Parameters, metrics and charts are compared.
    """
    from galaxy.atomic import write_text
    from galaxy.workbench.compare import compare as compare_with
    from galaxy.workbench.plots import write_page

    text, drawn = compare_with(base, require_repository())
    write_text(output, text)
    write_page(charts, drawn, title=f"Charts beside {base}")
    typer.echo(output)


@app.command()
def ui(port: Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")] = 5000) -> None:
    """Serve MLflow's page of all runs and print its address.

    The address opens the list of runs with accuracy, AUC, row and learning rate.
    """
    from galaxy.workbench.ui import serve

    serve(require_repository(), port, say=typer.echo)


@app.command()
def tracking(
    retry: Annotated[bool, typer.Option("--retry", help="Send all of them again.")] = False,
    discard: Annotated[bool, typer.Option("--discard", help="Delete what was set aside.")] = False,
) -> None:
    """Show the runs that MLflow does not have yet, and why.

    Some wait until their store can be reached; those that MLflow can never take are set aside.
    """
    from galaxy.workbench.records import describe_records, discard_records, retry_records

    root = require_repository()
    if discard:
        typer.echo(f"{discard_records(root)} runs deleted from .state/tracking/refused")
    if retry:
        retry_records(root)
    typer.echo(describe_records(root))


def main() -> None:
    """Entry point of the `galaxy` command: input errors are one line, without a traceback."""
    try:
        app()
    except InputError as error:
        from stages._stage import fail_with

        fail_with(error)


if __name__ == "__main__":
    main()
