"""Stage `evaluate`: every figure of one row of the table, from its stored predictions alone."""

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from galaxy.errors import InputError
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage
from stages.evaluate_section import EvaluateSection


def main(
    row: Annotated[str, typer.Option(help="Name of the row.")],
    predictions: InFile,
    manifest: InFile,
    metrics: OutFile,
    details: OutFile,
    clusters: Annotated[Path | None, typer.Option(help="Clusters of all galaxies, for rows that cluster.")] = None,
    embeddings: Annotated[Path | None, typer.Option(help="What was clustered, before the PCA.")] = None,
    plots: Annotated[Path | None, typer.Option(help="Folder for the tables that `dvc plots` draws.")] = None,
    params: ParamsFile = PARAMS,
) -> None:
    """Measure one row on the test galaxies: metrics for the table, details for the page."""
    section: EvaluateSection = read_section(params, "evaluate", EvaluateSection)
    if (clusters is None) != (embeddings is None):
        raise InputError("--clusters and --embeddings belong together; give both or neither")
    from galaxy.data.manifest import read_manifest
    from galaxy.evaluation.row import evaluate_row
    from galaxy.predictions import load_predictions
    from stages._tracking import track
    from stages.evaluate_inputs import check_predictions
    from stages.evaluate_outputs import row_details, row_metrics, write_json, write_plots

    galaxies = read_manifest(manifest)
    stored = load_predictions(predictions)
    check_predictions(predictions, stored, galaxies)
    test = stored.where("test")
    if not len(test.id):
        raise InputError(f"{manifest} has no test galaxies; raise split.test in params.yaml")
    clustered = None
    if clusters is not None and embeddings is not None:
        from stages.evaluate_clusters import evaluate_clusters, read_clusters, read_embeddings

        clustered = read_clusters(clusters, galaxies), read_embeddings(embeddings, galaxies)
    settings = {"evaluate": section.model_dump()}
    with track(stage="evaluate", row=row, params=settings, params_path=params, continues=predictions) as run:
        figures = evaluate_row(
            test.probability, test.label, resamples=section.bootstrap, bins=section.bins, seed=section.seed
        )
        extra: dict[str, NDArray[np.float64]] = {}
        story = None
        if clustered is not None:
            extra, story = evaluate_clusters(*clustered, galaxies, classes=len(stored.classes), section=section)
        absent = [str(name) for name, count in zip(stored.classes, figures.support, strict=True) if not count]
        if absent:
            print(f"{row}: no test galaxy is of class {', '.join(absent)}; means leave it out", file=sys.stderr)
        table = row_metrics(figures, extra, manifest=galaxies.sha256, absent=absent)
        write_json(details, row_details(row, stored, figures, extra, story, table))
        if plots is not None:
            write_plots(plots, row, test, figures)
        write_json(metrics, table, indent=2)
        run.summary({name: value for name, value in table.items() if isinstance(value, float)})
        run.dataset(manifest, name="galaxies", context="testing")
        run.artifact(metrics)
        run.artifact(details)
        if plots is not None:
            run.artifact(plots / f"{row}-confusion.csv")


if __name__ == "__main__":
    run_stage(main)
