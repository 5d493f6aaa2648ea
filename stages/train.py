"""Stage `train`: one supervised row of the table, trained once per seed."""

import os
import sys
from typing import Annotated, Any

import typer

from galaxy.errors import InputError
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage
from stages.train_section import ModelEntry, TrainSection

ENVIRONMENT = {
    "THP_MEM_ALLOC_ENABLE": "1",  # huge pages for large activations: up to 1.6 times as fast on CPUs
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # without it CUDA's matrix products are not deterministic
}
"""Variables that torch reads when its process starts."""


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
    from stages.train_row import Row, identity, train_row

    galaxies = read_manifest(manifest)
    train = galaxies.where("train")
    if section.batch_size > len(train):
        raise InputError(f"train.batch_size is {section.batch_size}; the training split has {len(train)} galaxies")
    row = Row(model, section, entry, galaxies, read_class_names(classes), open_store(store), store)
    settings = {"train": section.model_dump(), "model": entry.model_dump()}
    whole = identity(row)
    with track(stage="train", row=model, params=settings, params_path=params, resume_key=value_sha256(whole)) as run:
        run.dataset(manifest, name="galaxies")
        train_row(row, run, identity=whole, output=output, history=history, predictions=predictions)


if __name__ == "__main__":
    if any(name not in os.environ for name in ENVIRONMENT):
        os.execve(sys.executable, sys.orig_argv, {**ENVIRONMENT, **os.environ})  # noqa: S606 - this program again
    run_stage(main)
