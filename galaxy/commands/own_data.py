"""Commands for a user's own data."""

from pathlib import Path
from typing import Annotated

import typer

from galaxy.commands.common_options import NeededParams, Params, needed_option

app = typer.Typer()


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
    from galaxy.workbench.import_pictures import import_pictures
    from galaxy.workbench.import_settings import describe_import
    from galaxy.workbench.output_rules import refuse_outs
    from galaxy.workbench.params_file import read_params

    refuse_outs(output)
    content = read_params(params) if params.exists() else {}  # before the pictures, whose reading may take hours
    imported = import_pictures(
        source,
        output,
        size=size,
        path_column=path_column,
        label_column=label_column,
        overwrite=overwrite,
        progress=True,
        also_read=[params],
    )
    typer.echo(describe_import(imported, output, params, content))


@app.command()
def croissant(
    output: Annotated[Path, typer.Option(help="Description to write, .json.", show_default=False)],
    params: NeededParams,
    data: Annotated[Path, needed_option("data", "Folder of the pipeline's files.")],
    name: Annotated[str | None, typer.Option(help="Name of the data set.")] = None,
    url: Annotated[str | None, typer.Option(help="Address of the page of the data set.")] = None,
    license: Annotated[str | None, typer.Option(help="Licence of the data set, preferably as an address.")] = None,  # noqa: A002
    creator: Annotated[list[str] | None, typer.Option(help="Person who made the data set, may be repeated.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists already.")] = False,
) -> None:
    """Describe the galaxies and their split in Croissant 1.0.

    The names of Galaxy10's authors, its address and its licence are known; for other galaxies they have to be given.
    """
    from galaxy.workbench.croissant_command import describe_split

    line = describe_split(
        params,
        data,
        output,
        name=name,
        url=url,
        license_=license,
        creators=creator or [],
        overwrite=overwrite,
    )
    typer.echo(line)


manifest_commands = typer.Typer(help="Work on splits of galaxies.", no_args_is_help=True)
app.add_typer(manifest_commands, name="manifest")


@manifest_commands.command("verify")
def manifest_verify(
    file: Annotated[Path, typer.Argument(help="CSV of rows and sets: columns row (or id) and split (or set).")],
    galaxies: Annotated[
        Path | None, typer.Option(help="HDF5 file that contains the rows, for positions, labels and pictures.")
    ] = None,
    table: Annotated[
        Path | None, typer.Option(help="CSV with the columns row, ra, dec and label, where there are no pictures.")
    ] = None,
    radius: Annotated[
        float, typer.Option(min=0, max=3600, help="Distance in arcsec below which galaxies are related.")
    ] = 67.0,
) -> None:
    """Report what a split leaks: equal or close positions, copies of pictures, conflicting labels; status 1 if any."""
    from galaxy.workbench.verify_manifest import verify_manifest

    verdict = verify_manifest(file, galaxies=galaxies, table=table, radius=radius)
    typer.echo("\n".join(verdict.lines()))
    typer.echo("no leak found" if verdict.clean else f"{file} leaks")
    if not verdict.clean:
        raise typer.Exit(1)
