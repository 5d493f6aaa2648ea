"""`galaxy`: what is not a stage of the pipeline."""

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
    models: Annotated[Path, typer.Option(help="Folder of the trained rows.")] = Path("data/models"),
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
    """Classify pictures with a trained row; a killed run goes on where it was when it is started again."""
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


@app.command("import")
def import_command(
    source: Annotated[
        Path, typer.Argument(help="Folder with a folder of pictures for each class, or a table of paths and classes.")
    ],
    output: Annotated[Path, typer.Option(help="HDF5 file to write, in Galaxy10's layout.")],
    size: Annotated[
        int | None, typer.Option(help="Pixels on a side to which pictures are cropped and averaged.")
    ] = None,
    path_column: Annotated[str | None, typer.Option(help="The table's column of paths.")] = None,
    label_column: Annotated[str | None, typer.Option(help="The table's column of classes.")] = None,
    params: Params = Path("params.yaml"),
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists already.")] = False,
) -> None:
    """Write pictures (JPEG, PNG, TIFF, FITS) as a file that the pipeline reads, and say which settings fit it."""
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
