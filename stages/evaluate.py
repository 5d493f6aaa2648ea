"""Stage `evaluate`: every figure of one supervised row of the table, from its stored predictions alone."""

from typing import Annotated

import typer

from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage
from stages.sections.evaluate import EvaluateSection


def main(
    row: Annotated[str, typer.Option(help="Name of the row.")],
    predictions: InFile,
    manifest: InFile,
    metrics: OutFile,
    details: OutFile,
    params: ParamsFile = PARAMS,
) -> None:
    """Measure one row on the test galaxies: metrics for the table, details for the page."""
    section: EvaluateSection = read_section(params, "evaluate", EvaluateSection)
    from galaxy.recipes.evaluate import measure_row

    measure_row(
        row,
        section,
        predictions=predictions,
        manifest=manifest,
        metrics=metrics,
        details=details,
        params=params,
    )


if __name__ == "__main__":
    run_stage(main)
