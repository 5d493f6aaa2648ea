"""Stage `dino-best`: clusters that do not react to orientation and size, beside the report's plain k-means.

It is not part of `dvc repro`, because it embeds every galaxy ten times: run it after the pipeline, with outputs like
data/clusters/dino-best.npz. `python -m stages.evaluate_clusters --row dino-best` with these files makes the row that
the page shows. Backbone, clusters and seeds are those of `dino` and `kmeans` in params.yaml, all else is an option.
"""

import json
import os
import time
from typing import Annotated, Any, Literal

import typer

from galaxy.errors import ArgumentError, InputError
from galaxy.recipes.processes import ensure_environment
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, from_root, read_section, run_stage
from stages.sections.dino import DinoSection
from stages.sections.kmeans import KmeansSection

Network = Literal["dino", "imagenet"]
Colour = Literal["keep", "remove"]
Reduction = Literal["whitening", "umap"]
Method = Literal["heads", "kmeans"]
DIMENSIONS = [10, 20, 40]


def main(
    manifest: InFile,
    store: InFile,
    classes: InFile,
    embeddings: OutFile,
    components: OutFile,
    clusters: OutFile,
    predictions: OutFile,
    ablation: OutFile,
    network: Annotated[Network, typer.Option(help="dino of params.yaml, or EfficientNet-Lite0.")] = "dino",
    size: Annotated[int, typer.Option(help="Pixels on a side of the network's input.")] = 48,
    aperture: Annotated[float, typer.Option(help="Side of the cut, in radii of 90 % of the light.", min=0.1)] = 3.0,
    colour: Annotated[Colour, typer.Option(help="Whether the network sees colours.")] = "keep",
    reduction: Annotated[
        Reduction, typer.Option(help="The space that is clustered; umap needs umap-learn.")
    ] = "whitening",
    dimensions: Annotated[list[int], typer.Option(help="Of that space; of several the most stable.")] = DIMENSIONS,
    whitening: Annotated[float, typer.Option(help="0 keeps the components' spread, 1 makes it equal.")] = 0.5,
    method: Annotated[Method, typer.Option(help="How galaxies are clustered.")] = "heads",
    heads: Annotated[int, typer.Option(help="Number of heads.")] = 16,
    neighbours: Annotated[int, typer.Option(help="Nearest neighbours of which pairs are made.")] = 10,
    updates: Annotated[int, typer.Option(help="Updates of the heads.")] = 150,
    batch_size: Annotated[int, typer.Option(help="Galaxies at a time.")] = 64,
    params: ParamsFile = PARAMS,
) -> None:
    """Embed, reduce and cluster all galaxies, match clusters to classes, and score each step on the test galaxies."""
    dino: DinoSection = read_section(params, "dino", DinoSection)
    kmeans: KmeansSection = read_section(params, "kmeans", KmeansSection)
    from galaxy.atomic import write_text
    from galaxy.clustering.clusters_file import save_clusters
    from galaxy.data.class_names import read_class_names
    from galaxy.data.manifest import read_manifest
    from galaxy.data.store import open_store
    from galaxy.device import pick_device
    from galaxy.features.embeddings_file import save_embeddings, sorted_embeddings
    from galaxy.predictions import save_predictions
    from galaxy.recipes.best_ablation import ablate
    from galaxy.recipes.best_clusters import cluster_best
    from galaxy.recipes.best_features import galaxy_features
    from galaxy.recipes.best_network import best_network
    from galaxy.recipes.clusters import predict
    from galaxy.workbench.stage_log import record_cost

    galaxies, images, names = read_manifest(manifest), open_store(store), read_class_names(classes)
    device = pick_device(os.environ.get("GALAXY_DEVICE"))
    network_file = str(from_root(dino.weights)) if dino.has_path() else dino.weights
    clustering: dict[str, Any] = {"method": method, "heads": heads, "neighbours": neighbours, "updates": updates}
    settings = {"network": network, "size": size, "aperture": aperture, "colour": colour, "reduction": reduction}
    settings |= {"whitening": whitening, **clustering}
    clustering |= {"reduction": reduction, "clusters": kmeans.clusters, "seeds": kmeans.seeds}
    try:
        chosen = best_network(
            network,
            backbone=dino.backbone,
            weights=network_file,
            seed=dino.seed,
            weights_folder=from_root("weights"),
            positions=dino.positions,
            size=size,
            device=device,
        )
        started, features = time.perf_counter(), {}
        for step, symmetries, cut in (
            ("k-means", False, None),
            ("size", False, aperture),
            ("symmetries", True, aperture),
        ):
            features[step] = galaxy_features(
                chosen.encode,
                images.images,
                images.rows_of(galaxies.id),
                mean=chosen.mean,
                std=chosen.std,
                size=size,
                symmetries=symmetries,
                aperture=cut,
                colour=colour,
                batch_size=batch_size,
                device=device,
                title=f"dino-best {step}",
            )
        record_cost("dino-best", images_per_second=len(galaxies) / (time.perf_counter() - started))
        best = cluster_best(
            features["symmetries"],
            galaxies,
            names,
            components=dimensions,
            whitening=whitening,
            also=kmeans.also,
            **clustering,
        )
        width = best.reduced.shape[1]
        table = ablate(features, galaxies, names, components=width, whitening=whitening, **clustering)
    except ArgumentError as error:
        raise InputError(f"--{str(error).replace('components is', 'dimensions is')}") from None
    source = {"features": "dino-best", **chosen.identity, **settings}
    source |= {"fitted_on": int((galaxies.split == "train").sum()), "dimensions": features["symmetries"].shape[1]}
    source |= {"stability": {str(count): round(value, 6) for count, value in best.stability.items()}}
    whole = sorted_embeddings(galaxies.id, features["symmetries"], source=source, manifest=galaxies.sha256)
    save_embeddings(embeddings, whole)
    reduced = sorted_embeddings(galaxies.id, best.reduced, source=source, manifest=galaxies.sha256)
    save_embeddings(components, reduced, explained_variance_ratio=best.explained_variance_ratio)
    save_predictions(predictions, predict(best.clusters, probability=kmeans.probability))
    save_clusters(clusters, best.clusters)
    write_text(ablation, json.dumps(table, indent=2) + "\n")


if __name__ == "__main__":
    ensure_environment()
    run_stage(main)
