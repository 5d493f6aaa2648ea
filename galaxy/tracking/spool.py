"""The folder in which tracking records wait until a courier has delivered them to MLflow.

A stage only appends lines to a file of its own, which costs microseconds and cannot fail for reasons of the tracking
server; importing MLflow takes seconds, so a separate process does it once for many stages (`_tracking_courier`).
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from galaxy.atomic import write_text

FOLDER = Path(".state") / "tracking"
LOCK = "courier.lock"
PROBLEM = "problem.json"


def find_root(params_path: Path) -> Path:
    """The repository whose store is used: the main one, too, when `dvc exp run --temp` works in a copy."""
    if os.environ.get("DVC_ROOT"):
        return Path(os.environ["DVC_ROOT"]).resolve()
    here = params_path.resolve().parent
    return next((folder for folder in (here, *here.parents) if (folder / ".dvc").is_dir()), here)


def find_uri(root: Path) -> str:
    """The tracking store: MLFLOW_TRACKING_URI, or mlflow.db at the root; a relative SQLite file counts from there."""
    uri = os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"
    scheme, separator, path = uri.partition(":///")
    if separator and scheme == "sqlite" and not path.startswith("/"):
        return f"sqlite:///{root / path}"
    return uri


class Outbox:
    """One stage's records: appended as lines of JSON, deleted by the courier once MLflow has them all."""

    def __init__(self, root: Path, start: dict[str, Any]) -> None:
        self.folder = root / FOLDER
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns()}-{os.getpid()}"
        self.files = self.folder / f"{name}.files"
        self.path = self.folder / f"{name}.jsonl"
        self._file = self.path.open("x", encoding="utf-8")
        # Held as long as this process lives: the courier tells a killed stage from a quiet one by it.
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self.append("start", **start)

    def append(self, kind: str, **content: Any) -> None:
        """Add one record; written through at once, so that a killed stage loses nothing."""
        record = {"kind": kind, "time": time.time_ns() // 1_000_000, **content}
        self._file.write(json.dumps(record, default=str) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Append no more."""
        self._file.close()

    def wait(self, seconds: float) -> str | None:
        """Wait until the records are delivered; the reason in words when they are not."""
        deadline = time.monotonic() + seconds
        while self.path.exists():
            if reason := read_problem(self.folder):
                return reason
            if time.monotonic() > deadline:
                return f"not delivered within {seconds:g} s"
            # One that was killed (a negative status) is started anew; one that failed by itself would fail again.
            if self.folder in _started and (_started[self.folder].poll() or 0) > 0:
                return f"the courier failed, see {self.folder / 'courier.log'}"
            start_courier(self.folder)
            time.sleep(0.05)
        return None


def is_abandoned(path: Path) -> bool:
    """Whether the process that wrote this file has gone."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Hold the lock file for the body, with our process id in it; false when another process does."""
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield True


def start_courier(folder: Path) -> None:
    """Start the courier of this folder unless it is running; it ends by itself when nothing has come for a while."""
    with try_lock(folder / LOCK) as free:
        if not free:
            return
    started = _started.get(folder)
    if started is not None and started.poll() is None:  # one that is starting does not hold the lock yet
        return
    code = Path(__file__).resolve().parents[2]
    with (folder / "courier.log").open("ab") as log:
        _started[folder] = subprocess.Popen(
            [sys.executable, "-m", "galaxy.tracking.sender", str(folder)],
            cwd=code,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C ends the stage; the courier still has to deliver that it was
        )


_started: dict[Path, subprocess.Popen[bytes]] = {}


def write_problem(folder: Path, reason: str | None) -> None:
    """Say why nothing can be delivered; None takes it back."""
    if reason is None:
        (folder / PROBLEM).unlink(missing_ok=True)
    else:
        write_text(folder / PROBLEM, json.dumps({"reason": " ".join(reason.split()), "time": time.time()}))


def read_problem(folder: Path) -> str | None:
    """Why nothing could be delivered within the last minute, if so."""
    try:
        content = json.loads((folder / PROBLEM).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return str(content["reason"]) if time.time() - content["time"] < 60 else None
