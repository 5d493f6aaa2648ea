"""The process that carries records from the outbox to MLflow: `python -m galaxy.tracking.sender FOLDER`."""

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from galaxy.atomic import write_text
from galaxy.tracking.spool import LOCK, is_abandoned, try_lock, write_problem

IDLE = 60.0  # seconds without records after which the courier ends; importing MLflow again would cost seconds
POLL = 0.1  # seconds
RETRY = 20.0  # seconds between attempts while a store cannot be reached

# MLflow's own patience with a dead server is minutes.
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}


def main(folder: Path) -> None:
    """Deliver until nothing has come for a minute or the folder is gone."""
    with try_lock(folder / LOCK) as alone:
        if not alone:
            return
        os.environ.update({name: os.environ.get(name, value) for name, value in PATIENCE.items()})
        from galaxy.tracking.store import Stores

        stores = Stores()
        last = time.monotonic()
        while time.monotonic() - last < IDLE and folder.is_dir():
            pause = POLL
            for path in sorted(folder.glob("*.jsonl")):
                try:
                    if deliver(path, stores):
                        last = time.monotonic()
                        write_problem(folder, None)
                except FileNotFoundError:  # another courier's, or the folder is being deleted
                    continue
                except Exception as error:  # noqa: BLE001 - whatever a store raises, the records stay and are tried again
                    write_problem(folder, f"{type(error).__name__}: {error}"[:400])
                    pause = RETRY
            time.sleep(pause)


def deliver(path: Path, stores: Any) -> bool:
    """Send what the file holds beyond what was sent; true if there was anything.

    The position is saved after each record, so a courier that dies repeats at most one; MLflow ignores a point that it
    has already.
    """
    state_path = path.with_suffix(".sent")
    state: dict[str, Any] = {"offset": 0, "run": None}
    if state_path.exists():
        state = json.loads(state_path.read_text(encoding="utf-8"))
    abandoned = is_abandoned(path)  # before reading: what was written until then is complete
    with path.open("rb") as file:
        file.seek(state["offset"])
        lines = file.read().splitlines(keepends=True)
    moved = ended = False
    for line in lines:
        if not line.endswith(b"\n"):
            break
        record = json.loads(line)
        state["run"] = stores.apply(record, state["run"], path.stem)
        state["offset"] += len(line)
        moved, ended = True, record["kind"] == "end"
        write_text(state_path, json.dumps(state))
    if ended or (abandoned and not moved):
        path.unlink()
        state_path.unlink(missing_ok=True)
        shutil.rmtree(path.with_suffix(".files"), ignore_errors=True)
    return moved


if __name__ == "__main__":
    main(Path(sys.argv[1]))
