"""Stage `train`: one supervised row of the table, trained once per seed."""

import os
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from galaxy.recipes.processes import ensure_environment, process_count, start_again
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage
from stages.sections.models import ModelEntry
from stages.sections.train import TrainSection

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
    crop: int | None = read_section(params, "split.crop", int | None)  # for predictions of new images
    from galaxy.data.class_names import read_class_names
    from galaxy.data.manifest import read_manifest
    from galaxy.data.store import open_store
    from galaxy.device import pick_device
    from galaxy.digest import value_sha256
    from galaxy.recipes.exit_messages import one_line_endings
    from galaxy.recipes.supervised import train_row
    from galaxy.recipes.training_spec import Row, identity, plan_row
    from galaxy.tracking.track import track
    from galaxy.training.process_group import team

    processes = process_count(section.batch_size, reason="train.batch_size")
    row = Row(model, section, entry, read_manifest(manifest), read_class_names(classes), open_store(store), store, crop)
    plan = plan_row(row)
    whole = identity(row, plan)
    train = partial(
        train_row, row, plan, identity=whole, state=STATE, output=output, history=history, predictions=predictions
    )
    settings = {"train": section.model_dump(), "model": entry.model_dump()}
    device = pick_device(os.environ.get("GALAXY_DEVICE"))
    with one_line_endings(model), team(processes, start_again, device=device) as world:
        if not world.leads:
            train(None, world=world)
            return
        with track(
            stage="train", row=model, params=settings, params_path=params, resume_key=value_sha256(whole)
        ) as run:
            run.dataset(manifest, name="galaxies")
            train(run, world=world)
            run.artifact(output / "model.json")
            run.models(output, row=model, seeds=section.seeds)


if __name__ == "__main__":
    ensure_environment()
    run_stage(main)
