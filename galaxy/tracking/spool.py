"""The folder in which a stage's records wait until they are delivered to MLflow.

A stage only appends lines to a file of its own. That takes microseconds and does not depend on the tracking server.
Importing MLflow takes three seconds, so a process of its own does it once for many stages (`galaxy.tracking.sender`).
"""

import fcntl
import hashlib
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from galaxy.atomic import write_text

FOLDER = Path(".state") / "tracking"
REFUSED = "refused"
"""Folder inside `FOLDER` of the records that can never be delivered."""
FRESH = 60.0  # seconds for which a recorded problem is valid; the sender tries again after fewer seconds


def find_root(params_path: Path) -> Path:
    """Return the repository whose store is used; if `dvc exp run --temp` works in a copy, this is the main one."""
    if os.environ.get("DVC_ROOT"):
        return Path(os.environ["DVC_ROOT"]).resolve()
    here = params_path.resolve().parent
    return next((folder for folder in (here, *here.parents) if (folder / ".dvc").is_dir()), here)


def find_uri(root: Path) -> str:
    """Return the address of the store: MLFLOW_TRACKING_URI, or mlflow.db in `root`.

    The path of a relative SQLite address is relative to `root`.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or "sqlite:///mlflow.db"
    scheme, separator, path = uri.partition(":///")
    if not (separator and scheme == "sqlite") or path.startswith(("/", "file:", ":")):
        return uri
    name, mark, options = path.partition("?")
    # Quoted, because SQLAlchemy takes the text after a ? for options; it decodes quoted characters.
    folder = str(root).replace("%", "%25").replace("?", "%3F")
    return f"sqlite:///{folder}/{name}{mark}{options}"


def content_tag(path: Path) -> str:
    """Return the name of the tag that holds a file's SHA-256, with only the characters that MLflow allows."""
    return "sha256." + re.sub(r"[^\w.-]", "_", path.name, flags=re.ASCII)


class RefusedError(Exception):
    """Raised when records can never be delivered, even if the store answers."""


class Spool:
    """The records of one stage: lines of JSON in one file, which the sender deletes once MLflow has them all."""

    def __init__(self, root: Path, start: dict[str, Any]) -> None:
        self.folder = root / FOLDER
        self.folder.mkdir(parents=True, exist_ok=True)
        self.uri: str = start["uri"]
        name = f"{time.time_ns()}-{os.getpid()}"
        self.files = self.folder / f"{name}.files"
        self.path = self.folder / f"{name}.jsonl"
        # The sender must not see the file before it is locked and has its first record.
        new = self.path.with_suffix(".new")
        self._file = new.open("x", encoding="utf-8")
        # The lock is held while this process lives, so that the sender can tell a killed stage from a silent one.
        fcntl.flock(self._file, fcntl.LOCK_EX)
        self.append("start", **start)
        new.rename(self.path)

    def append(self, kind: str, **content: Any) -> None:
        """Add one record and flush it, so that a killed stage loses nothing."""
        record = {"kind": kind, "time": time.time_ns() // 1_000_000, **content}
        self._file.write(json.dumps(record, default=str) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file, to which nothing more is appended."""
        self._file.close()


def read_address(path: Path) -> str:
    """Return the address of the store in a file's first record.

    Raises:
        RefusedError: If the first line is not the record of the start of a run.
    """
    with path.open("rb") as file:
        line = file.readline()
    try:
        return str(json.loads(line)["uri"])
    except (ValueError, KeyError, TypeError):
        raise RefusedError("the first line is not the record of a run's start") from None


def is_abandoned(path: Path) -> bool:
    """Return whether the process that wrote this file has ended."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def try_lock(path: Path) -> Iterator[bool]:
    """Lock a file inside the block and write this process's id to it; yields False if another process has locked it."""
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


def refuse(path: Path, reason: str) -> None:
    """Set a file of records aside, with the reason beside it; a stage that still writes to it is not disturbed."""
    aside = path.parent / REFUSED
    aside.mkdir(exist_ok=True)
    write_text(aside / f"{path.stem}.reason", " ".join(reason.split()))
    path.with_suffix(".sent").unlink(missing_ok=True)
    with suppress(FileNotFoundError):  # the run may have no files
        path.with_suffix(".files").rename(aside / f"{path.stem}.files")
    path.rename(aside / path.name)
    (aside / f"{path.stem}.unsaid").touch()


def unsaid_refusals(folder: Path) -> list[str]:
    """Return the reasons of refusals that no stage has printed yet; each is returned once."""
    reasons = []
    for mark in sorted((folder / REFUSED).glob("*.unsaid")):
        with suppress(FileNotFoundError):  # another stage has printed it, or the records were sent again
            mark.unlink()
            reasons.append(mark.with_suffix(".reason").read_text(encoding="utf-8"))
    return reasons


def address_file(folder: Path, uri: str, name: str) -> Path:
    """Return the path of the file `name`, such as "sender.lock", that belongs to one of several stores."""
    return folder / f"{hashlib.sha256(uri.encode()).hexdigest()[:8]}.{name}"


def write_problem(folder: Path, uri: str, reason: str | None) -> None:
    """Record why a store cannot be reached; None removes the record."""
    path = address_file(folder, uri, "problem")
    if reason is None:
        path.unlink(missing_ok=True)
    else:
        write_text(path, " ".join(reason.split()))


def read_problem(folder: Path, uri: str) -> str | None:
    """Return why a store could not be reached during the last minute, or None."""
    path = address_file(folder, uri, "problem")
    try:
        return path.read_text(encoding="utf-8") if time.time() - path.stat().st_mtime < FRESH else None
    except FileNotFoundError:
        return None
