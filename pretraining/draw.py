"""Stage `draw`: the pictures to pretrain on, fractals or rendered galaxies."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from pretraining.sections import SECTIONS, FractalsSection, RenderedSection
from stages._stage import OutFile, read_section, run_stage

PARAMS = Path("pretraining/params.yaml")


def main(
    pictures: Annotated[Literal["fractals", "rendered"], typer.Option(help="What to draw.")],
    output: OutFile,
    params: Path = PARAMS,
) -> None:
    """Draw one set of pictures with their labels."""
    from galaxy.recipes.pretrain_pictures import write_fractals, write_rendered

    if pictures == "fractals":
        fractals: FractalsSection = read_section(params, pictures, FractalsSection, sections=SECTIONS)
        write_fractals(output, **fractals.model_dump())
    else:
        rendered: RenderedSection = read_section(params, pictures, RenderedSection, sections=SECTIONS)
        write_rendered(output, **rendered.model_dump())


if __name__ == "__main__":
    run_stage(main, recorded=False)
