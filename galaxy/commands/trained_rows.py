"""Commands that apply trained rows of the table."""

from pathlib import Path
from typing import Annotated

import typer

from galaxy.commands.options import in_repository_option

app = typer.Typer()


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
    models: Annotated[Path, in_repository_option("data/models", "Folder of the trained rows.")],
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
