"""Stage `train`: one supervised row of the table, trained once per seed."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage
from stages.train_section import ModelEntry, TrainSection

ENVIRONMENT = {
    "THP_MEM_ALLOC_ENABLE": "1",  # huge pages for large activations: up to 1.6 times as fast on CPUs
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # without it CUDA's matrix products are not deterministic
}
"""Variables that torch reads when its process starts."""

STATE = Path(os.environ.get("DVC_ROOT", ".")) / ".state"
"""Of unfinished trainings; in the main repository also when DVC runs this stage in a temporary copy."""


def main(
    model: Annotated[str, typer.Option(help="The row, a key of `models` in params.yaml.")],
    manifest: InFile,
    classes: InFile,
    store: InFile,
    output: OutFile,
    history: OutFile,
    predictions: OutFile,
    params: ParamsFile = PARAMS,
) -> None:
    """Train one supervised row of the table, once per seed, and predict the validation and test galaxies."""
    section: TrainSection = read_section(params, "train", TrainSection)
    entry: Any = read_section(params, f"models.{model}", ModelEntry)
    from galaxy.data.class_names import read_class_names
    from galaxy.data.manifest import read_manifest
    from galaxy.data.store import open_store
    from galaxy.digest import value_sha256
    from stages._tracking import track
    from stages.train_row import Row, identity, plan_row, train_row

    row = Row(model, section, entry, read_manifest(manifest), read_class_names(classes), open_store(store), store)
    plan = plan_row(row)
    whole = identity(row, plan)
    settings = {"train": section.model_dump(), "model": entry.model_dump()}
    with track(stage="train", row=model, params=settings, params_path=params, resume_key=value_sha256(whole)) as run:
        run.dataset(manifest, name="galaxies")
        train_row(row, plan, run, identity=whole, state=STATE, output=output, history=history, predictions=predictions)


if __name__ == "__main__":
    if any(name not in os.environ for name in ENVIRONMENT):
        os.execve(sys.executable, sys.orig_argv, {**ENVIRONMENT, **os.environ})  # noqa: S606 - this program again
    run_stage(main)
