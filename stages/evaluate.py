"""Stage `evaluate`: computes the metrics of one supervised row of the table from its stored predictions."""

from typing import Annotated, Any

import typer

from galaxy.sections.evaluate import EvaluateSection
from galaxy.sections.models import ModelEntry
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage


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
    from galaxy.recipes.evaluate_inputs import read_row_predictions
    from galaxy.report.weights import find_origin
    from galaxy.workbench.stage_run import track_stage

    entry: Any = read_section(params, f"models.{row}", ModelEntry)
    weights = find_origin(entry.weights, getattr(entry, "name", ""))
    settings = section.model_dump()
    _, stored = read_row_predictions(predictions, manifest)
    named: dict[str, Any] = {"stage": "evaluate", "row": row, "params": {"evaluate": settings}, "params_path": params}
    with track_stage(**named, continues=predictions) as run:
        run.dataset(manifest, name="galaxies", context="testing")
        measure_row(row, stored, weights=weights, **settings, metrics=metrics, details=details, tracker=run)


if __name__ == "__main__":
    run_stage(main)
