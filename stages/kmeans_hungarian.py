"""Stage `kmeans-hungarian`: clusters the galaxies, and names each cluster by a class, by Hungarian matching."""

from galaxy.errors import ArgumentError, InputError
from galaxy.sections.clustering import KmeansSection
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage


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
    from galaxy.clustering.clusters_file import save_clusters
    from galaxy.data.class_names import read_class_names
    from galaxy.data.manifest import read_manifest
    from galaxy.features.embeddings_file import load_embeddings
    from galaxy.predictions import save_predictions
    from galaxy.recipes.clusters import cluster_all, predict_classes

    galaxies, names = read_manifest(manifest), read_class_names(classes)
    features = load_embeddings(embeddings).of(galaxies.id, manifest=galaxies.sha256)
    try:
        found = cluster_all(
            features,
            galaxies,
            names,
            clusters=section.clusters,
            restarts=section.restarts,
            seeds=section.seeds,
            alternatives=section.also,
        )
    except ArgumentError as error:
        raise InputError(f"kmeans.{error}") from None
    save_predictions(predictions, predict_classes(found, probability=section.probability))
    save_clusters(clusters, found)


if __name__ == "__main__":
    run_stage(main)
