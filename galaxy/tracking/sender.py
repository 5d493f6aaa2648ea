"""The process that delivers records to one store of MLflow: `python -m galaxy.tracking.sender FOLDER ADDRESS`."""

import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from galaxy.atomic import write_text
from galaxy.tracking.spool import (
    RefusedError,
    address_file,
    is_abandoned,
    read_address,
    read_problem,
    refuse,
    try_lock,
    write_problem,
)

IDLE = 60.0  # seconds without records after which the sender ends; a new sender takes seconds to import MLflow
POLL = 0.1  # seconds between two looks for new records
RETRY = 20.0  # seconds between two attempts to send a record
ATTEMPTS = 5  # number of attempts to send a record that the store does not accept although it answers

# MLflow alone would try to reach a dead server for minutes; the loop of `main` tries again instead.
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}

_started: dict[tuple[Path, str], subprocess.Popen[bytes]] = {}


def start_sender(folder: Path, uri: str) -> None:
    """Start the sender of this folder and store unless it is running; it ends when there is nothing to send."""
    with try_lock(address_file(folder, uri, "sender.lock")) as free:
        if not free:
            return
    started = _started.get((folder, uri))
    if started is not None and started.poll() is None:  # a sender that is still starting does not hold the lock yet
        return
    with address_file(folder, uri, "sender.log").open("ab") as log:
        _started[folder, uri] = subprocess.Popen(
            [sys.executable, "-m", "galaxy.tracking.sender", str(folder), uri],
            cwd=Path(__file__).resolve().parents[2],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C ends the stage, but the sender still has to deliver the end of the run
        )


def wait_delivered(path: Path, uri: str, seconds: float) -> str | None:
    """Wait until a file of records is delivered or set aside; return the reason when it is neither."""
    folder = path.parent
    deadline = time.monotonic() + seconds
    while path.exists():
        if reason := read_problem(folder, uri) or _read_state(path)["reason"]:
            return str(reason)
        if time.monotonic() > deadline:
            return f"not delivered within {seconds:g} s"
        started = _started.get((folder, uri))
        # A sender that was killed (a negative status) is started again; one that failed would fail again.
        if started is not None and (started.poll() or 0) > 0:
            return f"the sender failed, see {address_file(folder, uri, 'sender.log')}"
        start_sender(folder, uri)
        time.sleep(0.05)
    return None


def main(folder: Path, uri: str) -> None:
    """Deliver records to the store until none has come for a minute or the folder is gone."""
    with try_lock(address_file(folder, uri, "sender.lock")) as alone:
        if not alone:
            return
        os.environ.update({name: os.environ.get(name, value) for name, value in PATIENCE.items()})
        from galaxy.tracking.mlflow_store import MlflowStore

        store = MlflowStore(uri)
        last = time.monotonic()
        later: dict[Path, float] = {}
        while time.monotonic() - last < IDLE and folder.is_dir():
            pause = POLL
            for path in sorted(folder.glob("*.jsonl")):
                if time.monotonic() < later.get(path, 0.0):
                    continue
                try:
                    if read_address(path) == uri and deliver(path, store):
                        last = time.monotonic()
                        write_problem(folder, uri, None)
                except Exception as error:  # noqa: BLE001 - whatever a store raises, the records are kept
                    if isinstance(error, FileNotFoundError) and not path.exists():
                        continue  # another sender has delivered the file, or the folder is being deleted
                    reason = f"{type(error).__name__}: {error}"[:400]
                    if not isinstance(error, RefusedError) and not store.answers():
                        write_problem(folder, uri, reason)
                        pause = RETRY
                        break
                    if store.is_final(error) or _count_failure(path, reason) >= ATTEMPTS:
                        refuse(path, reason)
                        last = time.monotonic()
                    else:
                        later[path] = time.monotonic() + RETRY
            time.sleep(pause)


def deliver(path: Path, store: Any) -> bool:
    """Send the records of a file that have not been sent yet; return whether there were any.

    The position is saved after each record, so a sender that dies repeats at most one; MLflow ignores a point that it
    has already.

    Raises:
        RefusedError: If a line of the file is damaged, or the store can never accept a record.
    """
    state_path = path.with_suffix(".sent")
    state = _read_state(path)
    # Asked before the file is read: all records of an abandoned file are then read.
    abandoned = is_abandoned(path)
    with path.open("rb") as file:
        file.seek(state["offset"])
        lines = file.read().splitlines(keepends=True)
    moved = ended = False
    for line in lines:
        if not line.endswith(b"\n"):
            break
        try:
            record = json.loads(line)
        except ValueError:
            raise RefusedError(f"a line of {path.name} is damaged") from None
        state["run"] = store.apply(record, state["run"], path.stem)
        state["offset"] += len(line)
        state |= {"failures": 0, "reason": None}
        moved, ended = True, record["kind"] == "end"
        write_text(state_path, json.dumps(state))
    if ended or (abandoned and not moved):
        path.unlink()
        state_path.unlink(missing_ok=True)
        shutil.rmtree(path.with_suffix(".files"), ignore_errors=True)
    return moved


def _read_state(path: Path) -> dict[str, Any]:
    """Return the state of a file of records: bytes sent, run, number of failed attempts in a row, and last reason."""
    state: dict[str, Any] = {"offset": 0, "run": None, "failures": 0, "reason": None}
    with suppress(FileNotFoundError):
        state |= json.loads(path.with_suffix(".sent").read_text(encoding="utf-8"))
    return state


def _count_failure(path: Path, reason: str) -> int:
    state = _read_state(path)
    state |= {"failures": state["failures"] + 1, "reason": reason}
    write_text(path.with_suffix(".sent"), json.dumps(state))
    return int(state["failures"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
