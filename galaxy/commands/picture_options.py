"""Options of the commands that read pictures, which mean the same in all of them."""

from pathlib import Path
from typing import Annotated

import typer

from galaxy.commands.common_options import in_repository_option

PICTURES = (
    "Pictures (JPEG, PNG, TIFF), FITS cut-outs, folders, zip or tar archives, HDF5 files with `images`, or tables with "
    "a column of paths."
)
Models = Annotated[Path, in_repository_option("data/models", "Folder of the trained rows.")]
Crop = Annotated[
    int | None, typer.Option(min=1, help="Pixels on a side of the centre crop, instead of the one of the training.")
]
PixelScale = Annotated[
    float, typer.Option(help="Arcseconds per pixel of pictures that do not state it.", show_default=False)
]
UNKNOWN = float("nan")
"""Default of `PixelScale`."""
PathColumn = Annotated[str | None, typer.Option(help="Column of paths in a table.")]
Bands = Annotated[str, typer.Option(help="Bands of FITS cut-outs that become blue, green and red.")]
Stretch = Annotated[float, typer.Option(help="Factor on the fluxes of FITS cut-outs.")]
Coverage = Annotated[float, typer.Option(help="Share of galaxies whose set of classes must contain the true class.")]
Symmetries = Annotated[bool, typer.Option("--symmetries", help="Average over the eight flips and quarter turns.")]
Device = Annotated[
    str | None,
    typer.Option(help="Device that computes, such as cpu or cuda:1, instead of GALAXY_DEVICE or the first GPU."),
]
BatchSize = Annotated[
    int, typer.Option(min=1, max=65536, help="Images computed at a time; other than 64 may change the last digits.")
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an output that exists already.")]
Table = Annotated[Path, typer.Option(help="Table to write, as .csv, .parquet, .fits or .ecsv.", show_default=False)]
Sheet = Annotated[Path | None, typer.Option(help="Contact sheet to write, as .html or .png.")]
Features = Annotated[str, typer.Option(help="Row whose features are compared, or the folder of one.")]
