"""Stage `evaluate-clusters`: computes the metrics of one unsupervised row from its stored clusters and features."""

from pathlib import Path
from typing import Annotated, Any

import typer

from galaxy.errors import ArgumentError, InputError
from galaxy.sections.evaluate import BoundsSection, EvaluateSection
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage


def main(
    row: Annotated[str, typer.Option(help="Name of the row.")],
    predictions: InFile,
    clusters: Annotated[Path, typer.Option(help="Input: clusters of all galaxies.")],
    components: Annotated[Path, typer.Option(help="Input: the components that were clustered.")],
    embeddings: Annotated[Path, typer.Option(help="Input: the embeddings before the PCA.")],
    manifest: InFile,
    metrics: OutFile,
    details: OutFile,
    study: Annotated[Path | None, typer.Option(help="Input: what the steps of the row dino-best add.")] = None,
    params: ParamsFile = PARAMS,
) -> None:
    """Evaluate one clustering on the test galaxies, and compare it with a null model and two probes of its features."""
    section: EvaluateSection = read_section(params, "evaluate", EvaluateSection)
    bounds: BoundsSection = read_section(params, "evaluate_clusters", BoundsSection)
    from galaxy.recipes.evaluate import measure_row
    from galaxy.recipes.evaluate_clusters import evaluate_clusters
    from galaxy.recipes.evaluate_inputs import read_clusters, read_features, read_row_predictions, read_study
    from galaxy.report.weights import find_source_origin
    from galaxy.workbench.stage_run import track_stage

    galaxies, stored = read_row_predictions(predictions, manifest)
    clustered = read_clusters(clusters, galaxies, classes=len(stored.classes))
    features = read_features(embeddings, components, galaxies)
    settings = {"evaluate": section.model_dump(), "evaluate_clusters": bounds.model_dump()}
    named: dict[str, Any] = {"stage": "evaluate", "row": row, "params": settings, "params_path": params}
    with track_stage(**named, continues=predictions, adapter=features.source.get("adapter_sha256")) as run:
        run.dataset(manifest, name="galaxies", context="testing")
        try:
            figures, cluster_details = evaluate_clusters(
                clustered, features, galaxies, **settings["evaluate_clusters"], seed=section.seed
            )
        except ArgumentError as error:
            raise InputError(f"evaluate_clusters.{error}") from None
        if study is not None:
            cluster_details["study"] = read_study(study)
        measure_row(
            row,
            stored,
            weights=find_source_origin(features.source),
            **settings["evaluate"],
            metrics=metrics,
            details=details,
            cluster_figures=figures,
            cluster_details=cluster_details,
            tracker=run,
        )


if __name__ == "__main__":
    run_stage(main)
