"""Commands that apply trained rows of the table."""

from pathlib import Path
from typing import Annotated

import typer

from galaxy.commands.picture_options import (
    PICTURES,
    UNKNOWN,
    Bands,
    BatchSize,
    Coverage,
    Crop,
    Device,
    Models,
    Overwrite,
    PathColumn,
    PixelScale,
    Stretch,
    Symmetries,
)

app = typer.Typer()

Row = Annotated[
    str,
    typer.Argument(help="A row of the table, such as custom or dino-kmeans, the folder of one, or hf://owner/name."),
]


@app.command()
def predict(
    row: Row,
    inputs: Annotated[list[Path], typer.Argument(help=PICTURES)],
    output: Annotated[
        Path, typer.Option(help="Table to write, as .csv, .parquet, .fits or .ecsv; - prints CSV.", show_default=False)
    ],
    models: Models,
    seed: Annotated[
        int | None, typer.Option(help="Use only the training with this seed, instead of the mean over all.")
    ] = None,
    crop: Crop = None,
    pixel_scale: PixelScale = UNKNOWN,
    coverage: Coverage = 0.9,
    symmetries: Symmetries = False,
    device: Device = None,
    batch_size: BatchSize = 64,
    path_column: PathColumn = None,
    bands: Bands = "grz",
    stretch: Stretch = 1.0,
    overwrite: Overwrite = False,
    top_k: Annotated[int, typer.Option(min=1, help="Number of most probable classes that have columns.")] = 1,
    embeddings: Annotated[
        Path | None, typer.Option(help="Second table to write: ids and features, the input of the last layer.")
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS|local|slurm", help="Compute on a Dask cluster: its scheduler, or one to start."),
    ] = None,
    dask_workers: Annotated[
        int | None, typer.Option(min=1, help="Number of workers to start with --dask local and --dask slurm.")
    ] = None,
) -> None:
    """Classify pictures with a trained row.

    A run that was killed resumes when it is started again.
    """
    from galaxy.predict.options import Options
    from galaxy.workbench.predict_command import predict as run

    options = Options(
        crop=crop,
        pixel_scale=pixel_scale,
        coverage=coverage,
        symmetries=symmetries,
        path_column=path_column,
        bands=bands,
        stretch=stretch,
        top_k=top_k,
    )
    lines = run(
        row,
        inputs,
        output,
        models=models,
        seed=seed,
        options=options,
        overwrite=overwrite,
        device=device,
        batch_size=batch_size,
        embeddings=embeddings,
        dask=dask,
        dask_workers=dask_workers,
    )
    for line in lines:
        typer.echo(line, err=str(output) == "-")


@app.command()
def export(
    row: Annotated[str, typer.Argument(help="A trained row of the table, such as custom.")],
    output: Annotated[Path, typer.Option(help="Folder to write.", show_default=False)],
    models: Models,
    graphs: Annotated[
        bool, typer.Option(help="Write ONNX and torch.export, and compare them on test galaxies.")
    ] = True,
    push: Annotated[str | None, typer.Option(help="Upload to this repository of the Hugging Face hub.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a folder exported before.")] = False,
) -> None:
    """Write a trained row as a folder for use elsewhere.

    The folder holds weights, preprocessing, a model card, and graphs for ONNX and torch.export.
    """
    from galaxy.workbench.export_command import export as run

    for line in run(row, output, models=models, graphs=graphs, overwrite=overwrite, push=push):
        typer.echo(line)


@app.command()
def serve(
    row: Row,
    models: Models,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8000,
    crop: Crop = None,
    pixel_scale: PixelScale = UNKNOWN,
    coverage: Coverage = 0.9,
    symmetries: Symmetries = False,
    device: Device = None,
    bands: Bands = "grz",
    stretch: Stretch = 1.0,
) -> None:
    """Serve a page on this machine that classifies dropped pictures.

    Programs can get the answers as JSON. Other machines cannot reach the page, and no picture leaves this machine.
    """
    from galaxy.predict.options import Options
    from galaxy.workbench.serve_command import serve as run

    options = Options(
        crop=crop,
        pixel_scale=pixel_scale,
        coverage=coverage,
        symmetries=symmetries,
        bands=bands,
        stretch=stretch,
    )
    run(row, models=models, port=port, options=options, say=typer.echo, device=device)
