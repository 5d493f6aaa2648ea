"""Writes the records of stages to one store of MLflow."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import mlflow.entities as entities
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient

from galaxy.errors import InputError
from galaxy.tracking.mlflow_models import log_models, log_row
from galaxy.tracking.runs import create_seed, find_experiment, find_seeds, last_steps, log_mean, log_points, start_run
from galaxy.tracking.spool import RefusedError

_FINAL = ("INVALID_PARAMETER_VALUE", "RESOURCE_DOES_NOT_EXIST", "INVALID_STATE", "BAD_REQUEST", "PERMISSION_DENIED")
"""Codes of errors that another attempt would raise again, for example because a run was deleted in MLflow."""
_SERVED = "model.served"
"""Tag that holds the address of the row's model for serving."""


class MlflowStore:
    """One store of MLflow, and the experiment of this project in it.

    Args:
        uri: Address of the store.
    """

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._client: MlflowClient | None = None
        self._experiment = ""

    def apply(self, record: dict[str, Any], run: dict[str, Any] | None, origin: str) -> dict[str, Any]:
        """Apply one record to the store.

        Applying a record twice changes nothing, so a sender may die between applying a record and saving its position.

        Args:
            record: The record.
            run: What an earlier call returned; None before the first record.
            origin: Name of the file of records.

        Returns:
            The run that the records belong to.

        Raises:
            RefusedError: If MLflow does not accept the address, or the record is of an unknown kind.
        """
        if record["kind"] == "start":
            client = self._open(Path(record["root"]))
            identity, joined = start_run(client, self._experiment, record, origin)
            seeds = {} if joined else find_seeds(client, identity)
            reached = {} if joined else {found: last_steps(client, found) for found in (identity, *seeds.values())}
            given = {"root": record["root"], "several": len(record["seeds"]) > 1}
            return {**given, "id": identity, "joined": joined, "seeds": seeds, "reached": reached}
        if run is None:
            raise RefusedError(f"the first record is {record['kind']!r}, not 'start'")
        client = self._open(Path(run["root"]))
        try:
            self._do(client, record, run)
        except (MlflowException, InputError) as error:
            if not self.is_final(error):
                raise
            # Sending the record again would not help. If the run is the problem, setting the tag raises an error.
            client.set_tag(run["id"], f"refused.{record['kind']}", str(error)[:400])
        return run

    def is_final(self, error: Exception) -> bool:
        """Return whether a record that raised this error would raise it again."""
        if isinstance(error, MlflowException):
            return error.error_code in _FINAL
        return isinstance(error, (RefusedError, InputError))

    def answers(self) -> bool:
        """Return whether the store can be reached."""
        try:
            with _first_use(self._uri):  # MLflow alone would try to open a broken file for minutes
                client = self._client or MlflowClient(self._uri, registry_uri=self._uri)
            client.search_experiments(max_results=1)
        except Exception:  # noqa: BLE001 - drivers of databases raise errors of their own
            return False
        return True

    def _open(self, root: Path) -> MlflowClient:
        if self._client is None:
            with _first_use(self._uri):
                try:
                    client = MlflowClient(self._uri, registry_uri=self._uri)
                except MlflowException as error:
                    raise RefusedError(f"{self._uri}: {error}") from None
                self._experiment = find_experiment(client, self._uri, root)
                self._client = client
        return self._client

    def _do(self, client: MlflowClient, record: dict[str, Any], run: dict[str, Any]) -> None:
        identity = run["id"]
        match record["kind"]:
            case "metrics":
                target = self._target(client, record, run)
                # A training that was killed repeats the epochs after its last save, whose points are in MLflow already.
                reached, step = run["reached"].get(target, {}), record["step"]
                points = _points(record, step)
                log_points(client, target, [point for point in points if step > reached.get(point.key, -1)])
            case "summary":
                log_points(client, identity, _points(record, 0))
            case "tags":
                client.log_batch(identity, tags=[entities.RunTag(*item) for item in record["values"].items()])
            case "dataset":
                _log_dataset(client, identity, record)
            case "artifact":
                client.log_artifact(identity, record["path"], record["folder"])
            case "models":
                known = client.get_run(identity).data.tags
                seeds = [seed for seed in record["seeds"] if f"model.seed-{seed}" not in known]
                given = {"row": record["row"], "seeds": seeds, "loader": record["loader"]}
                addresses = log_models(self._uri, identity, Path(record["folder"]), **given)
                client.log_batch(identity, tags=[entities.RunTag(*item) for item in addresses.items()])
                if _SERVED not in known:
                    named = {"row": record["row"], "classes": record["classes"], "opener": record["opener"]}
                    address = log_row(self._uri, identity, Path(record["folder"]), **named)
                    client.set_tag(identity, _SERVED, address)
            case "end":
                _end(client, record, run)
            case kind:
                raise RefusedError(f"unknown record {kind!r}")

    def _target(self, client: MlflowClient, record: dict[str, Any], run: dict[str, Any]) -> str:
        """Return the run that a point of a curve belongs to: that of its seed where there are several."""
        identity = str(run["id"])
        if record["seed"] is None or not run["several"]:
            return identity
        seed = str(record["seed"])
        if seed not in run["seeds"]:
            run["seeds"] |= find_seeds(client, identity)
        if seed not in run["seeds"]:
            run["seeds"][seed] = create_seed(client, identity, seed, record["time"])
        return str(run["seeds"][seed])


def _points(record: dict[str, Any], step: int) -> list[entities.Metric]:
    return [entities.Metric(name, value, record["time"], step) for name, value in record["values"].items()]


def _end(client: MlflowClient, record: dict[str, Any], run: dict[str, Any]) -> None:
    if run["joined"]:  # the stage that started the run has ended it; this stage has added metrics
        return
    if run["seeds"] and record["status"] == "FINISHED":
        log_mean(client, run["id"], run["seeds"].values(), record["time"])
    for identity in (*run["seeds"].values(), run["id"]):
        client.set_terminated(identity, record["status"], record["time"])


def _log_dataset(client: MlflowClient, identity: str, record: dict[str, Any]) -> None:
    dataset = entities.Dataset(
        name=record["name"],
        digest=record["digest"][:32],  # MLflow keeps 36 characters
        source_type="local",
        source=record["source"],
    )
    tags = [entities.InputTag("mlflow.data.context", record["context"])]
    client.log_inputs(identity, [entities.DatasetInput(dataset, tags)])


@contextmanager
def _first_use(uri: str) -> Iterator[None]:
    """Let one process at a time open a SQLite store: two that create its tables at once would damage the file."""
    if not uri.startswith("sqlite:///"):
        yield
        return
    written = Path(uri.removeprefix("sqlite:///").partition("?")[0])
    database = Path(unquote(str(written)))
    if not database.parent.is_dir():  # not FileNotFoundError, which tells the sender that its records are gone
        raise OSError(f"{database} cannot be made: there is no folder {database.parent}")
    with database.with_name(f"{database.name}.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            # MLflow would try for minutes and then print a page of SQL; this fails at once with a short reason.
            with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("CREATE TABLE can_this_be_written (answer)")
                connection.rollback()
        except sqlite3.Error as error:
            raise OSError(f"{database}: {error}") from None
        yield
        if written != database:
            with suppress(OSError):  # MLflow also creates the folder of the undecoded address, and leaves it empty
                written.parent.rmdir()
