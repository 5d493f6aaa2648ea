"""Stage `train`: one supervised row of the table, trained once per seed."""

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
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
    from safetensors import SafetensorError

    from galaxy.data.class_names import read_class_names
    from galaxy.data.manifest import read_manifest
    from galaxy.data.store import open_store
    from galaxy.device import pick_device
    from galaxy.digest import value_sha256
    from galaxy.training.distributed import team
    from galaxy.training.interrupt import Interrupted
    from stages._tracking import track
    from stages.train_row import train_row
    from stages.train_subject import Row, identity, plan_row

    processes = _processes(section.batch_size)
    row = Row(model, section, entry, read_manifest(manifest), read_class_names(classes), open_store(store), store)
    plan = plan_row(row)
    whole = identity(row, plan)
    train = partial(
        train_row, row, plan, identity=whole, state=STATE, output=output, history=history, predictions=predictions
    )
    settings = {"train": section.model_dump(), "model": entry.model_dump()}
    try:
        with team(processes, _start_again, device=pick_device(os.environ.get("GALAXY_DEVICE"))) as world:
            if not world.leads:
                train(None, world=world)
                return
            with track(
                stage="train", row=model, params=settings, params_path=params, resume_key=value_sha256(whole)
            ) as run:
                run.dataset(manifest, name="galaxies")
                train(run, world=world)
    except (OSError, SafetensorError) as error:
        if "No space left" not in str(error) and "quota" not in str(error):
            raise
        raise InputError(
            f"the disk is full ({' '.join(str(error).split())}); make room and start again: finished trainings are kept"
        ) from None
    except Interrupted as stopped:
        if os.environ.get("RANK", "0") == "0":
            print(f"{model}: {stopped}", file=sys.stderr)
        raise SystemExit(128 + stopped.signal) from None


def _processes(batch_size: int) -> int:
    """How many processes train together, from GALAXY_PROCESSES; 1 without it."""
    given = os.environ.get("GALAXY_PROCESSES", "1")
    if not given.isdecimal() or not 1 <= int(given) <= batch_size:
        raise InputError(f"GALAXY_PROCESSES is {given!r}; allowed are 1 to train.batch_size, {batch_size}")
    return int(given)


def _start_again(variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(sys.orig_argv, env={**os.environ, **variables})


if __name__ == "__main__":
    defaults = dict(ENVIRONMENT)
    if (
        os.environ.get("GALAXY_PROCESSES", "1").isdecimal()
        and (count := int(os.environ.get("GALAXY_PROCESSES", "1"))) > 1
    ):
        defaults["OMP_NUM_THREADS"] = str(max(1, len(os.sched_getaffinity(0)) // count))
    if any(name not in os.environ for name in defaults):
        os.execve(sys.executable, sys.orig_argv, {**defaults, **os.environ})  # noqa: S606 - this program again
    run_stage(main)
