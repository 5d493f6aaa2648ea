"""Stage `dino-finetune-lora`: DINO's self-distillation on the training galaxies, through low-rank adapters."""

import os
from functools import partial
from pathlib import Path

from galaxy.recipes.processes import ensure_environment, process_count, start_again
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage
from stages.sections.dino import DinoSection
from stages.sections.dino_finetune import FinetuneSection

STATE = Path(os.environ.get("DVC_ROOT", ".")) / ".state"
"""Of unfinished trainings; in the main repository also when DVC runs this stage in a temporary copy."""


def main(manifest: InFile, store: InFile, output: OutFile, history: OutFile, params: ParamsFile = PARAMS) -> None:
    """Tune DINO on the training galaxies without their labels."""
    dino: DinoSection = read_section(params, "dino", DinoSection)
    section: FinetuneSection = read_section(params, "dino_finetune", FinetuneSection)
    from galaxy.device import pick_device
    from galaxy.digest import value_sha256
    from galaxy.recipes.dino_lora import Tuning
    from galaxy.recipes.exit_messages import one_line_endings
    from galaxy.tracking.track import track
    from galaxy.training.divergence import DivergedError
    from galaxy.training.process_group import team

    processes = process_count(section.batch_size, reason="dino_finetune.batch_size")
    tuning = Tuning(dino, section, manifest=manifest, store=store)
    settings = {"dino": dino.model_dump(), "dino_finetune": section.model_dump()}
    key = value_sha256(tuning.identity)
    tracked = partial(track, stage="dino-finetune-lora", row="dino-lora", params=settings, params_path=params)
    endings = one_line_endings("dino-finetune-lora")
    with endings, team(processes, start_again, device=pick_device(os.environ.get("GALAXY_DEVICE"))) as world:
        try:
            if not world.leads:
                tuning.train(None, state=STATE / "training", world=world)
                return
            with tracked(resume_key=key) as run:
                run.dataset(manifest, name="galaxies")
                write = partial(tuning.write, run, output=output, history=history)
                tuning.train(run, state=STATE / "training", world=world, write=write)
        except DivergedError as error:
            # The loop's advice names the settings of supervised training.
            what = str(error).rpartition(": ")[0]
            raise DivergedError(f"{what}: lower dino_finetune.lr, or give clip_norm or warmup_epochs there") from None


if __name__ == "__main__":
    ensure_environment()
    run_stage(main)
