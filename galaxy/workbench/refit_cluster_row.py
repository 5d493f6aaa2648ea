"""Opens a row of clusters: builds the network that params.yaml describes and fits again what the pipeline fitted."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from galaxy.clustering.clusters_file import load_clusters
from galaxy.clustering.kmeans import distances
from galaxy.data.class_names import read_class_names
from galaxy.data.store import open_store
from galaxy.digest import file_sha256
from galaxy.errors import InputError
from galaxy.features.embeddings_file import Embeddings, load_embeddings
from galaxy.features.pixels import pixel_features
from galaxy.models.saved_network import Description
from galaxy.predict.cluster_row import ClusterRow, Distances, find_centres, find_scales, refit_components
from galaxy.predictions import load_predictions
from galaxy.workbench.cluster_names import BEST, CLUSTERS
from galaxy.workbench.refit_best_row import best_encoder, check_identity, refit_best


def open_cluster_row(name: str, root: Path, *, device: torch.device, seeds: Sequence[int] | None = None) -> ClusterRow:
    """Open a row of clusters.

    Args:
        name: Name of the row, such as `dino-kmeans`.
        root: Folder of the pipeline's files, beside params.yaml.
        device: Device that computes.
        seeds: Seeds of the clusterings to use; None takes the mean of all.

    Raises:
        InputError: If files or params.yaml have changed since the row was made, or there is no such seed.
    """
    from galaxy.sections.split import SplitSection
    from galaxy.workbench.read_section import read_section

    features, params = name.removesuffix(CLUSTERS), root.parent / "params.yaml"
    paths = [root / kind / f"{features}.npz" for kind in ("embeddings", "pca")]
    paths += [root / kind / f"{name}.npz" for kind in ("clusters", "predictions")]
    embeddings, reduced = load_embeddings(paths[0]), load_embeddings(paths[1])
    clusters, predictions = load_clusters(paths[2]), load_predictions(paths[3])
    trained = clusters.seed.tolist()
    for seed in seeds or ():
        if seed not in trained:
            raise InputError(f"{paths[2]} has no clustering with seed {seed}; it has {', '.join(map(str, trained))}")
    split: SplitSection = read_section(params, "split", SplitSection)
    size = open_store(root / "store").size
    if split.size != size:
        raise InputError(f"{params} has split.size {split.size}, and the images have {size} px; run dvc repro")
    used = [number for number, one in enumerate(trained) if not seeds or one in seeds]
    scales = find_scales(clusters, predictions)
    if name == BEST:
        encode = best_encoder(params, embeddings, device=device)
        reduce, fitted = refit_best(embeddings, reduced, clusters, used=used)
    else:
        encode = _encoder(features, params, embeddings, adapter=root / "dino-lora", device=device)
        reduce = refit_components(embeddings, reduced, clusters)
        projected = reduced.of(clusters.id, manifest=clusters.manifest)
        fitted = [_from_centres(find_centres(projected, clusters.distance[number])) for number in used]
    colour = features != "pixels" and embeddings.source.get("weights") != "random weights"
    return ClusterRow(
        folder=paths[2].parent,
        description=Description(
            row=name,
            architecture={"kind": "clusters" if name == BEST else "k-means"},
            weights=str(embeddings.source.get("weights")) if colour else "random",
            classes=read_class_names(root / "classes.json"),
            size=size,
            crop=split.crop,
            mean=(),
            std=(),
            manifest=clusters.manifest,
            files={f"{path.parent.name}/{path.name}": file_sha256(path) for path in paths},
            parameters=int(embeddings.source.get("parameters", 0)),
            trainable_parameters=0,
            multiply_adds=int(embeddings.source.get("multiply_adds", 0)),
        ),
        seeds=[trained[number] for number in used],
        device=device,
        files=paths,
        encode=encode,
        reduce=reduce,
        distances=fitted,
        assigned=[clusters.assigned_class[number] for number in used],
        scales=[scales[number] for number in used],
    )


def _from_centres(centres: NDArray[np.float64]) -> Distances:
    return lambda reduced: distances(reduced, centres)


def _encoder(
    features: str, params: Path, embeddings: Embeddings, *, adapter: Path, device: torch.device
) -> Callable[[Tensor], Tensor]:
    """Return a function that computes the embeddings that the row clusters."""
    if features == "pixels":
        size = int(embeddings.source["size"])
        return lambda images: torch.from_numpy(pixel_features(images.cpu().numpy(), np.arange(len(images)), size=size))
    from galaxy.recipes.encoder import build_encoder
    from galaxy.sections.dino import DinoSection
    from galaxy.sections.embed import EmbedSection
    from galaxy.workbench.read_section import read_section

    section: EmbedSection = read_section(params, "embed", EmbedSection)
    dino: DinoSection = read_section(params, "dino", DinoSection)
    control = features == "random-init"
    weights = str(params.parent / Path(dino.weights).expanduser()) if dino.has_path() else dino.weights
    encoder = build_encoder(
        **section.model_dump(exclude={"batch_size", "control_seed"}),
        backbone=dino.backbone,
        weights="random" if control else weights,
        seed=section.control_seed if control else dino.seed,
        weights_folder=params.parent / "weights",
        interpolation=dino.positions,
        device=str(device),
        adapter=adapter if features == "dino-lora" else None,
        manifest=embeddings.manifest,
    )
    check_identity(
        params, features, stored=embeddings.source, now=encoder.source(features, interpolation=dino.positions)
    )
    return encoder
