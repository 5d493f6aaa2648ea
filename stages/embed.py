"""Stage `embed`: computes features of every galaxy with DINO, fine-tuned DINO or random weights."""

import os
import time
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from galaxy.errors import ArgumentError, InputError
from galaxy.recipes.processes import ensure_environment, process_count
from galaxy.sections.dino import DinoSection
from galaxy.sections.embed import EmbedSection
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, from_root, read_section, run_stage

Features = Literal["dino", "dino-lora", "random-init"]


def main(
    features: Annotated[Features, typer.Option(help="Which network makes the features.")],
    manifest: InFile,
    store: InFile,
    output: OutFile,
    attention: Annotated[Path | None, typer.Option(help="Output: attention maps of a few galaxies.")] = None,
    adapter: Annotated[Path | None, typer.Option(help="Input: the tuned adapter, for dino-lora.")] = None,
    params: ParamsFile = PARAMS,
) -> None:
    """Embed every galaxy of the manifest."""
    section: EmbedSection = read_section(params, "embed", EmbedSection)
    if (features == "dino-lora") != (adapter is not None):
        raise InputError(
            f"--features is {features}; --adapter must be given with --features dino-lora, and with no other features"
        )
    dino: DinoSection = read_section(params, "dino", DinoSection)
    from galaxy.data.manifest import read_manifest
    from galaxy.features.embeddings_file import save_embeddings, sorted_embeddings
    from galaxy.recipes.embed import embed_galaxies, write_attention
    from galaxy.recipes.encoder import build_encoder
    from galaxy.workbench.stage_log import record_cost

    galaxies, control = read_manifest(manifest), features == "random-init"
    given = control or not dino.has_path()
    network: dict[str, Any] = section.model_dump(exclude={"batch_size", "control_seed"}) | {
        "backbone": dino.backbone,
        "weights": ("random" if control else dino.weights) if given else str(from_root(dino.weights)),
        "seed": section.control_seed if control else dino.seed,
        "weights_folder": from_root("weights"),
        "interpolation": dino.positions,
        "device": os.environ.get("GALAXY_DEVICE"),
        "adapter": adapter,
        "manifest": galaxies.sha256,
    }
    try:
        encoder = build_encoder(**network)
        started = time.perf_counter()
        embedding = embed_galaxies(
            encoder,
            galaxies.id,
            store=store,
            batch_size=section.batch_size,
            processes=process_count(),
            network=network,
            folder=output.parent,
            title=f"embed {features}",
        )
    except ArgumentError as error:
        raise InputError(f"embed.{error}") from None
    source = encoder.source(features, interpolation=dino.positions)
    save_embeddings(output, sorted_embeddings(galaxies.id, embedding, source=source, manifest=galaxies.sha256))
    record_cost(features, images_per_second=len(galaxies) / (time.perf_counter() - started))
    if attention is not None:
        write_attention(attention, encoder, galaxies, store=store)


if __name__ == "__main__":
    ensure_environment()
    run_stage(main)
