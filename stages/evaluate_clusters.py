"""Stage `evaluate-clusters`: every figure of one unsupervised row, from stored predictions, clusters and embeddings."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from galaxy.errors import InputError
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage
from stages.sections.evaluate import EvaluateSection
from stages.sections.evaluate_clusters import BoundsSection

if TYPE_CHECKING:
    from galaxy.data.manifest import Manifest


def main(
    row: Annotated[str, typer.Option(help="Name of the row.")],
    predictions: InFile,
    clusters: Annotated[Path, typer.Option(help="Input: clusters of all galaxies.")],
    components: Annotated[Path, typer.Option(help="Input: what was clustered.")],
    embeddings: Annotated[Path, typer.Option(help="Input: the same before the PCA.")],
    manifest: InFile,
    metrics: OutFile,
    details: OutFile,
    params: ParamsFile = PARAMS,
) -> None:
    """Measure one clustering on the test galaxies, with the bounds and the null model that it lies between."""
    section: EvaluateSection = read_section(params, "evaluate", EvaluateSection)
    bounds: BoundsSection = read_section(params, "evaluate_clusters", BoundsSection)
    from galaxy.recipes.evaluate import FurtherWork, measure_row
    from galaxy.recipes.evaluate_clusters import evaluate_clusters
    from galaxy.recipes.evaluate_clusters_inputs import read_clusters, read_features

    def read_further(galaxies: "Manifest", classes: int) -> "FurtherWork":
        if bounds.neighbours > (train := int((galaxies.split == "train").sum())):
            raise InputError(
                f"evaluate_clusters.neighbours is {bounds.neighbours}; there are {train} training galaxies, give 1 to "
                f"{train}"
            )
        clustered = read_clusters(clusters, galaxies, classes=classes)
        features = read_features(embeddings, components, galaxies)
        measure = partial(
            evaluate_clusters, clustered, features, galaxies, classes=classes, section=bounds, seed=section.seed
        )
        return FurtherWork(measure, adapter=features.source.get("adapter_sha256"))

    measure_row(
        row,
        section,
        predictions=predictions,
        manifest=manifest,
        metrics=metrics,
        details=details,
        params=params,
        further_settings={"evaluate_clusters": bounds.model_dump()},
        read_further=read_further,
    )


if __name__ == "__main__":
    run_stage(main)
