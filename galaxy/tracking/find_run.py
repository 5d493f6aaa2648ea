"""Which run in MLflow a stage's records belong to: an unfinished one, that of an earlier stage, or a new one."""

import getpass
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import mlflow.entities as entities
from mlflow.tracking import MlflowClient

from galaxy.tracking.tags import content_tag

_PLAIN = re.compile(r"[\w. @+-]+")


def start_run(client: MlflowClient, experiment: str, record: dict[str, Any], origin: str) -> tuple[str, bool]:
    """The run to write to, and whether it belongs to an earlier stage."""
    tags = dict(record["tags"])
    params = record["params"]
    if found := _find(client, experiment, {"outbox": origin}):
        return found[0].info.run_id, False
    if record["resume_key"]:
        tags["resume_key"] = record["resume_key"]
        for run in _find(client, experiment, {"resume_key": record["resume_key"]}):
            if run.info.status != "FINISHED":
                client.update_run(run.info.run_id, status="RUNNING")
                client.set_tag(run.info.run_id, "outbox", origin)
                return run.info.run_id, False
    if record["continues"]:
        name, digest = record["continues"]
        tags[name] = digest
        found = _find(client, experiment, {name: digest, "row": tags["row"]})
        further = record.get("further_params", {})
        for run in found:
            # Parameters cannot change in MLflow: with other settings, the figures belong to another run. A run that an
            # evaluation made also carries those of the stages before it.
            known = further | params if run.data.tags.get("stage") == tags["stage"] else params
            if all(run.data.params.get(key, value) == value for key, value in known.items()):
                _log_params(client, run.info.run_id, params)
                return run.info.run_id, True
        tags |= _origin(client, experiment, found, record)
    run = client.create_run(
        experiment,
        start_time=record["time"],
        run_name=record["name"],
        tags={**tags, "outbox": origin, "mlflow.user": getpass.getuser(), "mlflow.source.name": tags["stage"]},
    )
    _log_params(client, run.info.run_id, record.get("further_params", {}) | params)
    return run.info.run_id, False


def last_steps(client: MlflowClient, identity: str) -> dict[str, int]:
    """The last step of each curve that an unfinished run has by now, by the curve's name."""
    names = [name for name in client.get_run(identity).data.metrics if "/seed-" in name]
    return {name: max(point.step for point in client.get_metric_history(identity, name)) for name in names}


def _origin(
    client: MlflowClient, experiment: str, found: Sequence[entities.Run], record: dict[str, Any]
) -> dict[str, str]:
    """Why figures stand in a run of their own."""
    if found:  # newest first; the last one is the training itself
        first = found[-1].info.run_id
        return {"origin": f"run {first}, evaluated with other settings", "mlflow.parentRunId": first}
    if "train.epochs" in record.get("further_params", {}):
        return {"origin": "no training run found: trained on another machine, or before this store was made"}
    if adapter := record.get("adapter"):
        tunings = _find(client, experiment, {content_tag(Path("adapter.safetensors")): adapter})
        if not tunings:
            return {"origin": "clusters of features tuned on another machine, or before this store was made"}
        tuning = tunings[0].info.run_id
        return {"origin": f"clusters of features that run {tuning} tuned", "mlflow.parentRunId": tuning}
    return {"origin": "clusters of stored features; nothing is trained for this row"}


def _find(client: MlflowClient, experiment: str, tags: dict[str, str]) -> list[entities.Run]:
    """Runs that carry all these tags, newest first."""
    # MLflow's language has no way to write every text; what is left out there is compared here.
    plain = {name: value for name, value in tags.items() if _PLAIN.fullmatch(value)}
    query = " and ".join(f"tags.`{name}` = '{value}'" for name, value in plain.items())
    order = ["attributes.start_time DESC"]
    runs = client.search_runs([experiment], query, entities.ViewType.ACTIVE_ONLY, 100, order)
    return [run for run in runs if tags.items() <= run.data.tags.items()]


def _log_params(client: MlflowClient, identity: str, params: dict[str, str]) -> None:
    client.log_batch(identity, params=[entities.Param(*item) for item in params.items()])
