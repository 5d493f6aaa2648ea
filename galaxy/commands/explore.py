"""Commands for looking at a collection of galaxies."""

from pathlib import Path
from typing import Annotated

import typer

from galaxy.commands.common_options import needed_option
from galaxy.commands.picture_options import (
    PICTURES,
    UNKNOWN,
    Bands,
    BatchSize,
    Crop,
    Device,
    Features,
    Models,
    Overwrite,
    PathColumn,
    PixelScale,
    Sheet,
    Stretch,
    Symmetries,
    Table,
)

app = typer.Typer()


@app.command()
def similar(
    images: Annotated[list[Path], typer.Argument(help="Pictures of the galaxies whose neighbours are wanted.")],
    among: Annotated[
        list[Path], typer.Option(help=f"The collection; may be given several times. {PICTURES}", show_default=False)
    ],
    output: Table,
    models: Models,
    sheet: Sheet = None,
    row: Features = "custom",
    count: Annotated[int, typer.Option(min=1, max=1000, help="Number of neighbours.")] = 20,
    symmetries: Symmetries = False,
    device: Device = None,
    batch_size: BatchSize = 64,
    crop: Crop = None,
    pixel_scale: PixelScale = UNKNOWN,
    path_column: PathColumn = None,
    bands: Bands = "grz",
    stretch: Stretch = 1.0,
    overwrite: Overwrite = False,
) -> None:
    """Find galaxies of a collection that look like given ones.

    Compares features of a trained row, with every galaxy of the collection and in bounded memory.
    """
    from galaxy.predict.options import Options
    from galaxy.workbench.similar_command import similar as run

    options = Options(
        crop=crop, pixel_scale=pixel_scale, symmetries=symmetries, path_column=path_column, bands=bands, stretch=stretch
    )
    typer.echo(
        run(
            row,
            images,
            among,
            output,
            sheet=sheet,
            count=count,
            models=models,
            options=options,
            overwrite=overwrite,
            device=device,
            batch_size=batch_size,
        )
    )


@app.command()
def labels(
    output: Table,
    data: Annotated[Path, needed_option("data", "Folder of the pipeline's files.")],
    sheet: Sheet = None,
    row: Annotated[
        list[str] | None,
        typer.Option(help="Row whose predictions are used; may be repeated. All supervised rows by default."),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """List labels of the data that are likely wrong, with evidence.

    The evidence is predictions of rows that were not trained on the label, and duplicates with other labels.
    """
    from galaxy.workbench.labels_command import labels as run

    for line in run(data, output, sheet=sheet, rows=row or [], overwrite=overwrite):
        typer.echo(line)


@app.command("map")
def map_command(
    inputs: Annotated[list[Path], typer.Argument(help=PICTURES)],
    output: Annotated[Path, typer.Option(help="Page to write, .html.", show_default=False)],
    models: Models,
    row: Features = "custom",
    method: Annotated[str, typer.Option(help="pca, or umap where umap-learn is installed.")] = "pca",
    clusters: Annotated[int | None, typer.Option(min=1, max=100, help="Clusters to colour by.")] = None,
    class_column: Annotated[str | None, typer.Option(help="Column of a table with the class of each galaxy.")] = None,
    most: Annotated[int, typer.Option(min=3, max=100_000, help="Largest number of galaxies on the map.")] = 20_000,
    symmetries: Symmetries = False,
    device: Device = None,
    batch_size: BatchSize = 64,
    crop: Crop = None,
    pixel_scale: PixelScale = UNKNOWN,
    path_column: PathColumn = None,
    bands: Bands = "grz",
    stretch: Stretch = 1.0,
    overwrite: Overwrite = False,
) -> None:
    """Draw a map on which similar galaxies lie close together.

    The page shows thumbnails, colours by class, prediction, confidence or cluster, and saves selections as CSV.
    """
    from galaxy.predict.options import Options
    from galaxy.workbench.map_command import draw_map

    options = Options(
        crop=crop, pixel_scale=pixel_scale, symmetries=symmetries, path_column=path_column, bands=bands, stretch=stretch
    )
    line = draw_map(
        row,
        inputs,
        output,
        models=models,
        method=method,
        clusters=clusters,
        class_column=class_column,
        most=most,
        options=options,
        overwrite=overwrite,
        device=device,
        batch_size=batch_size,
    )
    typer.echo(line)
