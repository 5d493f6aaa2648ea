"""Records as calls of MLflow's client."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import mlflow.entities as entities
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from galaxy.errors import InputError
from galaxy.tracking.find_run import last_steps, start_run

EXPERIMENT = "galaxy-morphology"


class Stores:
    """Clients by address of the tracking store."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[MlflowClient, str]] = {}

    def apply(self, record: dict[str, Any], run: dict[str, Any] | None, origin: str) -> dict[str, Any]:
        """Do what one record says and return the run it belongs to; `run` is None before the first record.

        Applying a record twice changes nothing, so that a courier may die between doing and noting it.
        """
        if record["kind"] == "start":
            client, experiment = self._client(record["uri"], Path(record["root"]))
            identity, joined = start_run(client, experiment, record, origin)
            drawn = {} if joined else last_steps(client, identity)
            return {"uri": record["uri"], "root": record["root"], "id": identity, "joined": joined, "drawn": drawn}
        if run is None:
            raise ValueError(f"the first record is {record['kind']!r}, not 'start'")
        client, _ = self._client(run["uri"], Path(run["root"]))
        try:
            _do(client, record, run)
        except MlflowException as error:
            if error.error_code != "INVALID_PARAMETER_VALUE":
                raise
            # Sending it again would not help, and would keep everything behind it from arriving.
            client.set_tag(run["id"], f"refused.{record['kind']}", str(error)[:400])
        return run

    def _client(self, uri: str, root: Path) -> tuple[MlflowClient, str]:
        if uri not in self._open:
            with _first_use(uri):
                client = MlflowClient(uri, registry_uri=uri)
                self._open[uri] = (client, _experiment(client, uri, root))
        return self._open[uri]


def _do(client: MlflowClient, record: dict[str, Any], run: dict[str, Any]) -> None:
    identity = run["id"]
    match record["kind"]:
        case "metrics":
            # A training that was killed after its last save goes through some epochs again.
            drawn, step = run.get("drawn", {}), record["step"]
            points = [
                entities.Metric(name, value, record["time"], step)
                for name, value in record["values"].items()
                if step > drawn.get(name, -1)
            ]
            client.log_batch(identity, metrics=points)
        case "tags":
            client.log_batch(identity, tags=[entities.RunTag(*item) for item in record["values"].items()])
        case "dataset":
            _log_dataset(client, identity, record)
        case "artifact":
            client.log_artifact(identity, record["path"], record["folder"])
        case "models":
            _log_models(client, record, run)
        case "end":
            # A run that training has ended keeps its end; what is added later are only figures.
            if not run["joined"]:
                client.set_terminated(identity, record["status"], record["time"])
        case kind:
            raise ValueError(f"unknown record {kind!r}")


def _log_models(client: MlflowClient, record: dict[str, Any], run: dict[str, Any]) -> None:
    from galaxy.tracking.model import log_models  # torch: seconds, and only where models are registered

    known = client.get_run(run["id"]).data.tags
    seeds = [seed for seed in record["seeds"] if f"model.seed-{seed}" not in known]
    try:
        addresses = log_models(run["uri"], run["id"], Path(record["folder"]), row=record["row"], seeds=seeds)
    except InputError as error:  # the folder has changed since; the run goes without
        addresses = {"refused.models": str(error)[:400]}
    client.log_batch(run["id"], tags=[entities.RunTag(*item) for item in addresses.items()])


@contextmanager
def _first_use(uri: str) -> Iterator[None]:
    """One at a time: two processes that create the tables of one SQLite file at once destroy each other's work."""
    if not uri.startswith("sqlite:///"):
        yield
        return
    database = Path(uri.removeprefix("sqlite:///").partition("?")[0])
    with database.with_name(f"{database.name}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _check_writable(database)
        yield


def _check_writable(database: Path) -> None:
    """Raise in words what MLflow would find out after minutes of trying, and say in a page of SQL.

    Raises:
        OSError: The file is no database or cannot be written.
    """
    try:
        with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("CREATE TABLE can_this_be_written (answer)")
            connection.rollback()
    except sqlite3.Error as error:
        raise OSError(f"{database}: {error}") from None


def _experiment(client: MlflowClient, uri: str, root: Path) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        # A server has its own place for artifacts; beside a file they belong to the repository, not the current folder.
        location = (root / "mlartifacts").as_uri() if uri.startswith("sqlite:") else None
        try:
            # Opens the experiment in the view for training, not for language models.
            kind = {"mlflow.experimentKind": "custom_model_development"}
            return str(client.create_experiment(EXPERIMENT, artifact_location=location, tags=kind))
        except MlflowException:  # another machine was faster
            found = client.get_experiment_by_name(EXPERIMENT)
            if found is None:
                raise
    return str(found.experiment_id)


def _log_dataset(client: MlflowClient, identity: str, record: dict[str, Any]) -> None:
    dataset = entities.Dataset(
        name=record["name"],
        digest=record["digest"][:32],  # MLflow keeps 36 characters
        source_type="local",
        source=record["source"],
    )
    tags = [entities.InputTag("mlflow.data.context", record["context"])]
    client.log_inputs(identity, [entities.DatasetInput(dataset, tags)])
