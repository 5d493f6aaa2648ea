"""Stage `dino-finetune-lora`: fine-tunes DINO on the training galaxies, without labels, by low-rank adapters."""

import os
import sys
from pathlib import Path
from typing import Any

from galaxy.errors import ArgumentError, InputError
from galaxy.recipes.processes import ensure_environment, start_processes
from galaxy.sections.dino import DinoSection
from galaxy.sections.dino_finetune import FinetuneSection
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, from_root, read_section, run_stage

STATE = Path(os.environ.get("DVC_ROOT", ".")) / ".state"
"""Folder for unfinished trainings, in the main repository also when DVC runs this stage in a temporary copy."""

NAME = "dino-finetune-lora"


def main(manifest: InFile, store: InFile, output: OutFile, history: OutFile, params: ParamsFile = PARAMS) -> None:
    """Tune DINO on the training galaxies without their labels."""
    dino: DinoSection = read_section(params, "dino", DinoSection)
    section: FinetuneSection = read_section(params, "dino_finetune", FinetuneSection)
    start_processes(section.batch_size, reason="dino_finetune.batch_size")
    from galaxy.data.manifest import read_manifest
    from galaxy.data.store import IMAGES, open_store
    from galaxy.device import pick_device
    from galaxy.digest import file_sha256, value_sha256
    from galaxy.models.dino_backbone import check_size
    from galaxy.recipes.dino_build import build_backbone
    from galaxy.recipes.dino_galaxies import choose_galaxies
    from galaxy.recipes.dino_lora import finetune_lora
    from galaxy.recipes.exit_messages import one_line_exit
    from galaxy.recipes.tracker import NoTracker
    from galaxy.training.code_digest import computation_identity
    from galaxy.training.distributed import device_of
    from galaxy.training.precision import Precision
    from galaxy.training.process_group import process_group
    from galaxy.workbench.stage_log import record_cost
    from galaxy.workbench.stage_run import track_stage

    asked = pick_device(os.environ.get("GALAXY_DEVICE"))
    with one_line_exit(NAME), process_group(asked) as world:
        device = device_of(asked)
        galaxies, images = read_manifest(manifest), open_store(store)
        try:
            chosen = choose_galaxies(
                galaxies.where("train").id, images=section.images, batch_size=section.batch_size, seed=section.seed
            )
        except ArgumentError as error:
            raise InputError(f"dino_finetune.{error}") from None
        weights = str(from_root(dino.weights)) if dino.has_path() else dino.weights
        with world.leader_first():  # it downloads weights that are missing, and the others find them
            backbone, base = build_backbone(
                dino.backbone, weights=weights, seed=dino.seed, weights_folder=from_root("weights")
            )
        for name in ("global_size", "local_size"):
            check_size(backbone, getattr(section.crops, name), name=f"dino_finetune.crops.{name}")
        settings = {"dino": dino.model_dump(), "dino_finetune": section.model_dump()}
        precision = Precision.of(device)
        identity = {
            **settings,
            "base": base,
            "manifest": galaxies.sha256,
            "store": file_sha256(store / IMAGES),
            **computation_identity(precision),
        }
        arguments = section.arguments() | {
            "base": base,
            "manifest": galaxies.sha256,
            "images": images.images,
            "rows": images.rows_of(chosen),
            "device": device,
            "state": STATE / "training",
            "identity": identity,
            "output": output,
            "history": history,
            "interpolation": dino.positions,
        }
        tracked: dict[str, Any] = {"stage": NAME, "row": "dino-lora", "params": settings, "params_path": params}
        if not world.leads:
            finetune_lora(backbone, **arguments, tracker=NoTracker(), world=world)
            return
        print(f"{NAME}: training on {precision}", file=sys.stderr)
        with track_stage(**tracked, resume_key=value_sha256(identity)) as run:
            run.dataset(manifest, name="galaxies")
            tuned = finetune_lora(backbone, **arguments, tracker=run, world=world)
    if tuned:
        record_cost("dino-lora", training_seconds=tuned.seconds)
        if tuned.collapsed:
            print(f"{NAME}: the self-distillation has collapsed: {tuned.collapsed}", file=sys.stderr)


if __name__ == "__main__":
    ensure_environment()
    run_stage(main)
