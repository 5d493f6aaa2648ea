"""Stage `dino-best`: clusters features that do not react to orientation and size, and compares them with k-means."""

import json
import os
import time

from galaxy.errors import ArgumentError, InputError
from galaxy.recipes.processes import ensure_environment
from galaxy.sections.clustering import KmeansSection
from galaxy.sections.dino import DinoSection
from galaxy.sections.dino_best import BestSection
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, from_root, read_section, run_stage


def main(
    manifest: InFile,
    store: InFile,
    classes: InFile,
    plain: InFile,
    embeddings: OutFile,
    components: OutFile,
    clusters: OutFile,
    predictions: OutFile,
    study: OutFile,
    params: ParamsFile = PARAMS,
) -> None:
    """Embed, reduce and cluster all galaxies, match clusters to classes, and measure what each step adds."""
    section: BestSection = read_section(params, "dino_best", BestSection)
    dino: DinoSection = read_section(params, "dino", DinoSection)
    kmeans: KmeansSection = read_section(params, "kmeans", KmeansSection)
    from galaxy.atomic import write_text
    from galaxy.clustering.clusters_file import save_clusters
    from galaxy.data.class_names import read_class_names
    from galaxy.data.manifest import read_manifest
    from galaxy.data.store import open_store
    from galaxy.device import pick_device
    from galaxy.features.embeddings_file import load_embeddings, save_embeddings, sorted_embeddings
    from galaxy.predictions import save_predictions
    from galaxy.recipes.best_clusters import cluster_best
    from galaxy.recipes.best_features import feature_steps
    from galaxy.recipes.best_network import best_network
    from galaxy.recipes.best_study import study_best
    from galaxy.recipes.clusters import predict_classes
    from galaxy.workbench.stage_log import record_cost

    galaxies, images, names = read_manifest(manifest), open_store(store), read_class_names(classes)
    before = load_embeddings(plain).of(galaxies.id, manifest=galaxies.sha256)
    device = pick_device(os.environ.get("GALAXY_DEVICE"))
    settings = section.model_dump(exclude={"batch_size", "curve"})
    clustering = section.model_dump(include={"reduction", "whitening", "method", "heads", "neighbours", "updates"})
    count = section.clusters or kmeans.clusters
    try:
        network = best_network(
            section.network,
            backbone=dino.backbone,
            weights=str(from_root(dino.weights)) if dino.has_path() else dino.weights,
            seed=dino.seed,
            weights_folder=from_root("weights"),
            interpolation=dino.positions,
            size=section.size,
            device=device,
        )
        started, rows = time.perf_counter(), images.rows_of(galaxies.id)
        given = section.model_dump(include={"size", "aperture", "colour", "batch_size"})
        features = feature_steps(network, images.images, rows, **given, device=device)
        record_cost("dino-best", images_per_second=len(galaxies) / (time.perf_counter() - started))
        last = features["symmetries"]
        found = cluster_best(
            last,
            galaxies,
            names,
            clusters=count,
            seeds=kmeans.seeds,
            components=section.dimensions,
            alternatives=kmeans.also,
            **clustering,
        )
        table = study_best(
            found,
            features,
            galaxies,
            names,
            before=before,
            images=images.images[rows],
            counts=section.curve,
            reduction=section.reduction,
            method=section.method,
            clusters=kmeans.clusters,
            seeds=kmeans.seeds,
        )
    except ArgumentError as error:
        text = str(error).replace("components is", "dimensions is")
        theirs = section.clusters is None or section.clusters != kmeans.clusters
        named = "kmeans" if theirs and text.startswith(f"clusters is {kmeans.clusters};") else "dino_best"
        raise InputError(f"{named}.{text}") from None
    source = {"features": "dino-best", **network.identity, **settings, "dimensions": last.shape[1]}
    source |= {"fitted_on": int((galaxies.split == "train").sum()), "stability": found.stability_by_name()}
    whole = sorted_embeddings(galaxies.id, last, source=source, manifest=galaxies.sha256)
    save_embeddings(embeddings, whole)
    reduced = sorted_embeddings(galaxies.id, found.reduced, source=source, manifest=galaxies.sha256)
    save_embeddings(components, reduced, explained_variance_ratio=found.explained_variance_ratio)
    save_predictions(predictions, predict_classes(found.clusters, probability=kmeans.probability))
    save_clusters(clusters, found.clusters)
    write_text(study, json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    ensure_environment()
    run_stage(main)
