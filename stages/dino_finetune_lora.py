"""Stage `dino-finetune-lora`: DINO's self-distillation on the training galaxies, through low-rank adapters."""

import os
import sys
from pathlib import Path

from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage
from stages.dino_finetune_section import FinetuneSection
from stages.dino_section import DinoSection

STATE = Path(".state")
"""Where an unfinished training is kept, in the working directory; ignored by git and no output of the stage."""

ENVIRONMENT = {"THP_MEM_ALLOC_ENABLE": "1", "CUBLAS_WORKSPACE_CONFIG": ":4096:8"}
"""Variables that torch reads when its process starts: huge pages, and deterministic matrix products on CUDA."""


def main(manifest: InFile, store: InFile, output: OutFile, history: OutFile, params: ParamsFile = PARAMS) -> None:
    """Tune DINO on the training galaxies without their labels."""
    dino: DinoSection = read_section(params, "dino", DinoSection)
    section: FinetuneSection = read_section(params, "dino_finetune", FinetuneSection)
    from galaxy.digest import value_sha256
    from stages._tracking import track
    from stages.dino_tuning import Tuning

    tuning = Tuning(dino, section, manifest=manifest, store=store)
    settings = {"dino": dino.model_dump(), "dino_finetune": section.model_dump()}
    key = value_sha256(tuning.identity)
    with track(stage="dino-finetune-lora", row="dino-lora", params=settings, params_path=params, resume_key=key) as run:
        run.dataset(manifest, name="galaxies")
        tuning.train(run, state=STATE / "training")
        tuning.write(run, output=output, history=history)


if __name__ == "__main__":
    if any(name not in os.environ for name in ENVIRONMENT):
        os.execve(sys.executable, sys.orig_argv, {**ENVIRONMENT, **os.environ})  # noqa: S606 - this program again
    run_stage(main)
