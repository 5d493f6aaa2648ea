"""Finds the MLflow run that a stage's records belong to: an unfinished one, that of an earlier stage, or a new one."""

import getpass
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import mlflow.entities as entities
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from galaxy.tracking.spool import content_tag

EXPERIMENT = "galaxy-morphology"

_MOST = 50_000  # the most runs that MLflow returns at once; a row may have hundreds of seeds
_PLAIN = re.compile(r"[\w. @+-]+")
_BATCH = 1000  # largest number of metrics in one request to MLflow


def find_experiment(client: MlflowClient, uri: str, root: Path) -> str:
    """Return the id of this project's experiment, which is created if the store has none.

    Args:
        client: Client of the store.
        uri: Address of the store.
        root: The repository; beside a SQLite file, artifacts are kept in its subfolder `mlartifacts`.
    """
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        # MLflow's default beside a file would be the current folder; a server has its own place for artifacts.
        location = (root / "mlartifacts").as_uri() if uri.startswith("sqlite:") else None
        try:
            # Opens the experiment in the view for training, not for language models.
            kind = {"mlflow.experimentKind": "custom_model_development"}
            return str(client.create_experiment(EXPERIMENT, artifact_location=location, tags=kind))
        except MlflowException:  # another machine has created it in the meantime
            found = client.get_experiment_by_name(EXPERIMENT)
            if found is None:
                raise
    return str(found.experiment_id)


def start_run(client: MlflowClient, experiment: str, record: dict[str, Any], origin: str) -> tuple[str, bool]:
    """Find or create the run of a stage.

    Args:
        client: Client of the store.
        experiment: Identifier of the experiment.
        record: The stage's record of kind "start".
        origin: Name of the file of records; a run that carries it was started by an earlier attempt at this record.

    Returns:
        The run's identifier, and whether the run was started by an earlier stage.
    """
    tags = dict(record["tags"])
    params = record["params"]
    if found := _find(client, experiment, {"spool": origin}):
        return found[0].info.run_id, False
    if record["resume_key"]:
        tags["resume_key"] = record["resume_key"]
        for run in _find(client, experiment, {"resume_key": record["resume_key"]}):
            if run.info.status != "FINISHED":
                client.update_run(run.info.run_id, status="RUNNING")
                client.set_tag(run.info.run_id, "spool", origin)
                return run.info.run_id, False
    if record["continues"]:
        name, digest = record["continues"]
        tags[name] = digest
        found = _find(client, experiment, {name: digest, "row": tags["row"]})
        for run in found:
            # Parameters cannot change in MLflow: with other settings, the figures belong to another run. A run that an
            # evaluation made also carries those of the stages before it.
            known = record["further_params"] | params if run.data.tags.get("stage") == tags["stage"] else params
            if all(run.data.params.get(key, value) == value for key, value in known.items()):
                _log_params(client, run.info.run_id, params)
                return run.info.run_id, True
        tags |= _origin(client, experiment, found, record)
    run = client.create_run(
        experiment,
        start_time=record["time"],
        run_name=record["name"],
        tags={**tags, "spool": origin, "mlflow.user": _user(), "mlflow.source.name": tags["stage"]},
    )
    _log_params(client, run.info.run_id, record["further_params"] | params)
    return run.info.run_id, False


def find_seeds(client: MlflowClient, identity: str) -> dict[str, str]:
    """Return the runs of single seeds below a run, by seed."""
    experiment = client.get_run(identity).info.experiment_id
    found = _find(client, experiment, {"mlflow.parentRunId": identity})
    return {run.data.tags["seed"]: run.info.run_id for run in found if "seed" in run.data.tags}


def create_seed(client: MlflowClient, identity: str, seed: str, time: int) -> str:
    """Create the run of one seed as a child of the run of its row.

    MLflow draws curves of the same name in one chart only if they belong to different runs, so each seed has its own.

    Args:
        client: Client of the store.
        identity: Identifier of the run of the row.
        seed: The seed.
        time: Start of the run in milliseconds since 1970.
    """
    parent = client.get_run(identity)
    tags = {name: value for name, value in parent.data.tags.items() if name in ("stage", "row", "commit", "profile")}
    run = client.create_run(
        parent.info.experiment_id,
        start_time=time,
        run_name=f"{parent.info.run_name} seed {seed}",
        tags={**tags, "seed": seed, "mlflow.parentRunId": identity, "mlflow.user": _user()},
    )
    _log_params(client, run.info.run_id, {"seed": seed})
    return str(run.info.run_id)


def log_mean(client: MlflowClient, identity: str, seeds: Iterable[str], time: int) -> None:
    """Log the mean of each curve over the runs of all seeds to the run of their row.

    Args:
        client: Client of the store.
        identity: Identifier of the run of the row.
        seeds: Identifiers of the runs of the seeds.
        time: Time of the points in milliseconds since 1970.
    """
    curves: dict[str, dict[int, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    runs = list(seeds)
    for run in runs:
        for name in client.get_run(run).data.metrics:
            for point in client.get_metric_history(run, name):
                curves[name][point.step][run] = point.value
    log_points(
        client,
        identity,
        [
            entities.Metric(name, sum(values.values()) / len(values), time, step)
            for name, curve in curves.items()
            for step, values in sorted(curve.items())
            if len(values) == len(runs)
        ],
    )


def log_points(client: MlflowClient, identity: str, points: Sequence[entities.Metric]) -> None:
    """Log points of curves, as many at a time as MLflow takes."""
    for first in range(0, len(points), _BATCH):
        client.log_batch(identity, metrics=points[first : first + _BATCH])


def last_steps(client: MlflowClient, identity: str) -> dict[str, int]:
    """Return the last step of each metric that a run has, by the metric's name."""
    names = client.get_run(identity).data.metrics
    return {name: max(point.step for point in client.get_metric_history(identity, name)) for name in names}


def _origin(
    client: MlflowClient, experiment: str, found: Sequence[entities.Run], record: dict[str, Any]
) -> dict[str, str]:
    """Return tags that say why figures have a run of their own."""
    if found:  # sorted from the newest; the last one is the training itself
        first = found[-1].info.run_id
        return {"origin": f"run {first}, evaluated with other settings", "mlflow.parentRunId": first}
    if record["trained"]:
        return {"origin": "no training run found: trained on another machine, or before this store was made"}
    if adapter := record["adapter"]:
        tunings = _find(client, experiment, {content_tag(Path("adapter.safetensors")): adapter})
        if not tunings:
            return {"origin": "clusters of features tuned on another machine, or before this store was made"}
        tuning = tunings[0].info.run_id
        return {"origin": f"clusters of features that run {tuning} tuned", "mlflow.parentRunId": tuning}
    return {"origin": "clusters of stored features; nothing is trained for this row"}


def _find(client: MlflowClient, experiment: str, tags: dict[str, str]) -> list[entities.Run]:
    """Return the runs that carry all these tags, newest first."""
    # MLflow's query language cannot quote every text; the tags left out of the query are compared here.
    plain = {name: value for name, value in tags.items() if _PLAIN.fullmatch(value)}
    query = " and ".join(f"tags.`{name}` = '{value}'" for name, value in plain.items())
    order = ["attributes.start_time DESC"]
    runs = client.search_runs([experiment], query, entities.ViewType.ACTIVE_ONLY, _MOST, order)
    return [run for run in runs if tags.items() <= run.data.tags.items()]


def _log_params(client: MlflowClient, identity: str, params: dict[str, str]) -> None:
    client.log_batch(identity, params=[entities.Param(*item) for item in params.items()])


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name, as in containers
        return "unknown"
