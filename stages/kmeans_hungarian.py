"""Stage `kmeans-hungarian`: clusters of the training galaxies, and the classes that Hungarian matching gives them."""

from typing import Annotated, Literal, TypeVar

from pydantic import Field, field_validator

from stages._stage import PARAMS, InFile, OutFile, ParamsFile, Section, read_section, run_stage

T = TypeVar("T")


class KmeansSection(Section):
    """How embeddings are clustered."""

    clusters: int | None = Field(ge=1)
    restarts: int = Field(ge=1, le=10_000)
    seeds: tuple[Annotated[int, Field(ge=0, lt=2**32)], ...] = Field(min_length=1)
    probability: Literal["distance", "hard"]
    also: tuple[Literal["gaussian-mixture", "agglomerative", "spectral"], ...]

    @field_validator("seeds", "also")
    @classmethod
    def _differ(cls, values: tuple[T, ...]) -> tuple[T, ...]:
        if len(set(values)) != len(values):
            raise ValueError("one of them stands there twice; each is a clustering of its own")
        return values


def main(
    embeddings: InFile,
    manifest: InFile,
    classes: InFile,
    clusters: OutFile,
    predictions: OutFile,
    params: ParamsFile = PARAMS,
) -> None:
    """Cluster the training galaxies, match clusters to classes on their labels, and apply both to all galaxies."""
    section: KmeansSection = read_section(params, "kmeans", KmeansSection)
    from galaxy.clustering.storage import save_clusters
    from galaxy.data.class_names import read_class_names
    from galaxy.data.manifest import read_manifest
    from galaxy.features.storage import load_embeddings
    from galaxy.predictions import save_predictions
    from stages.kmeans_rows import cluster_all, predict

    galaxies, names = read_manifest(manifest), read_class_names(classes)
    features = load_embeddings(embeddings).of(galaxies.id, manifest=galaxies.sha256)
    found = cluster_all(
        features,
        galaxies,
        names,
        clusters=section.clusters,
        restarts=section.restarts,
        seeds=section.seeds,
        also=section.also,
    )
    save_predictions(predictions, predict(found, probability=section.probability))
    save_clusters(clusters, found)


if __name__ == "__main__":
    run_stage(main)
