"""Stage `train`: trains one supervised row of the table, once per seed."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from galaxy.errors import ArgumentError, InputError
from galaxy.recipes.processes import ensure_environment, start_processes
from galaxy.sections.models import ModelEntry
from galaxy.sections.train import TrainSection
from stages._stage import PARAMS, InFile, OutFile, ParamsFile, read_section, run_stage

ROOT = Path(os.environ.get("DVC_ROOT", "."))
"""The main repository, also when DVC runs this stage in a temporary copy."""


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
    crop: int | None = read_section(params, "split.crop", int | None)  # recorded for predictions of new images
    start_processes(section.batch_size, reason="train.batch_size")

    from galaxy.data.class_names import read_class_names
    from galaxy.data.manifest import read_manifest
    from galaxy.data.store import IMAGES, open_store
    from galaxy.device import pick_device
    from galaxy.digest import file_sha256, value_sha256
    from galaxy.recipes.exit_messages import one_line_exit
    from galaxy.recipes.network import plan_network
    from galaxy.recipes.supervised import train_row
    from galaxy.recipes.training_inputs import check_training_split
    from galaxy.training.code_digest import computation_identity
    from galaxy.training.distributed import device_of
    from galaxy.training.precision import Precision
    from galaxy.training.process_group import process_group
    from galaxy.workbench.stage_log import record_cost
    from galaxy.workbench.stage_run import track_stage

    picked = pick_device(os.environ.get("GALAXY_DEVICE"))
    galaxies, names, images = read_manifest(manifest), read_class_names(classes), open_store(store)
    try:
        check_training_split(galaxies, names, section.batch_size)  # before a run is created in MLflow
    except ArgumentError as error:
        raise InputError(f"train.{error}") from None
    with one_line_exit(model), process_group(picked) as world:
        device = device_of(picked)
        try:
            with world.leader_first():  # it downloads weights that are missing, and the others find them
                plan = plan_network(
                    entry.architecture(),
                    classes=len(names),
                    weights=entry.weights,
                    normalise=entry.model_dump()["normalise"],
                    images=images.images,
                    rows=images.rows_of(galaxies.where("train").id),
                    root=ROOT,
                    verbose=world.leads,
                )
        except ArgumentError as error:
            raise InputError(f"models.{model}.{error}") from None
        except InputError as error:
            raise InputError(f"models.{model} with split.size {images.size}: {error}") from None
        precision = Precision.of(device)
        if world.leads:
            print(f"{model}: training on {precision}", file=sys.stderr)
        settings = {"train": section.model_dump(), "model": entry.model_dump()}
        identity: dict[str, Any] = {
            "row": model,
            **settings,
            "weights": plan.checkpoint_sha256,
            "manifest": galaxies.sha256,
            "classes": list(names),
            "store": file_sha256(store / IMAGES),
            **computation_identity(precision),
        }
        train = partial(
            train_row,
            model,
            plan=plan,
            manifest=galaxies,
            store=images,
            store_sha256=identity["store"],
            classes=names,
            crop=crop,
            seeds=section.seeds,
            device=device,
            cache_bytes=cache_bytes(),
            identity=identity,
            state=ROOT / ".state",
            output=output,
            history=history,
            predictions=predictions,
            world=world,
            **section.training_spec(),
        )
        if not world.leads:
            train()
            return
        key = value_sha256(identity)
        named: dict[str, Any] = {"stage": "train", "row": model, "params": settings, "params_path": params}
        with track_stage(**named, seeds=section.seeds, resume_key=key) as run:
            run.dataset(manifest, name="galaxies")
            record_cost(model, training_seconds=train(tracker=run))
            run.artifact(output / "model.json")
            made_by = {
                "loader": "galaxy.models.saved_network:load_network",
                "opener": "galaxy.predict.served:open_served",
            }
            run.models(output, row=model, seeds=section.seeds, classes=names, **made_by)


def cache_bytes() -> int:
    """Return the bytes that cached features of frozen parts may take, from the environment; 24 GiB by default.

    Raises:
        InputError: If GALAXY_CACHE_GIB is not a number.
    """
    text = os.environ.get("GALAXY_CACHE_GIB", "24")
    try:
        return int(float(text) * 2**30)
    except (ValueError, OverflowError):  # not a number, NaN or infinite
        raise InputError(f"GALAXY_CACHE_GIB is {text!r}; give a number of GiB, or 0 to cache nothing") from None


if __name__ == "__main__":
    ensure_environment()
    run_stage(main)
