"""Stage `embed`: features of every galaxy, from DINO, its tuned version or random weights."""

import time
from pathlib import Path
from typing import Annotated, Literal

import typer

from galaxy.errors import InputError
from galaxy.recipes.processes import ensure_environment
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage
from stages.sections.dino import DinoSection
from stages.sections.embed import EmbedSection

Features = Literal["dino", "dino-lora", "random-init"]


def main(
    features: Annotated[Features, typer.Option(help="Whose features.")],
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
        raise InputError(f"--adapter goes with --features dino-lora and with nothing else; --features is {features}")
    dino: DinoSection = read_section(params, "dino", DinoSection)
    from galaxy.recipes.embed import Job
    from galaxy.workbench.stage_log import record_cost

    job = Job(features, dino, section, manifest=manifest, store=store, adapter=adapter)
    started = time.perf_counter()
    job.write_embeddings(output)
    record_cost(features, images_per_second=len(job.galaxies) / (time.perf_counter() - started))
    if attention is not None:
        job.write_attention(attention)


if __name__ == "__main__":
    ensure_environment()
    run_stage(main)
