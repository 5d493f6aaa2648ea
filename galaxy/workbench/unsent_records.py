"""Lists, sends again or discards records that wait for MLflow or that it has refused."""

import json
import re
import shlex
import shutil
from pathlib import Path

from galaxy.atomic import write_text
from galaxy.tracking.sender import start_sender, wait_delivered
from galaxy.tracking.spool import FOLDER, REFUSED, RefusedError, find_uri, read_address, read_problem

_DELETED_EXPERIMENT = re.compile(r"experiment ([0-9]+) must be in the 'active' state")
"""What MLflow says of records for an experiment that was deleted in its page."""


def describe_records(root: Path) -> str:
    """Return a line with the reason for each run that waits or was set aside; a single line if there is no such run."""
    folder = root / FOLDER
    lines = []
    for path in sorted(folder.glob("*.jsonl")):
        try:
            name, uri = _name(path), read_address(path)
        except RefusedError as error:
            lines.append(f"waiting    {path.name}: {error}")
            continue
        except FileNotFoundError:  # delivered since the folder was listed
            continue
        reason = read_problem(folder, uri)
        lines.append(f"waiting    {name}, for {uri}" + (f": {reason}" if reason else ""))
    restoring: list[str] = []
    for path in _refused(folder):
        reason = path.with_suffix(".reason").read_text(encoding="utf-8")
        lines.append(f"set aside  {_name(path)}: {reason}")
        if deleted := _DELETED_EXPERIMENT.search(reason):
            command = shlex.join(["mlflow", "experiments", "restore", "--experiment-id", deleted[1]])
            restoring.append(f"MLFLOW_TRACKING_URI={shlex.quote(read_address(path))} {command}")
    if not lines:
        return "MLflow has every record"
    if restoring:
        lines.append(f"restore the deleted experiment first: `{restoring[0]}`")
    return "\n".join([*lines, "`galaxy tracking --retry` sends them again, `--discard` deletes what is set aside"])


def retry_records(root: Path, *, seconds: float = 60.0) -> None:
    """Send all records again and wait for each store at most some seconds.

    What was set aside goes to the store that MLFLOW_TRACKING_URI names now. A run that was deleted in MLflow and not
    restored becomes a new run.
    """
    folder, uri = root / FOLDER, find_uri(root)
    for path in _refused(folder):
        try:
            read_address(path)
        except RefusedError:  # damaged, so it can never be sent
            continue
        first, _, rest = path.read_text(encoding="utf-8").partition("\n")
        write_text(path, json.dumps(json.loads(first) | {"uri": uri, "root": str(root)}) + "\n" + rest)
        for suffix in (".reason", ".unsaid"):
            path.with_suffix(suffix).unlink(missing_ok=True)
        files = path.with_suffix(".files")
        if files.exists():
            files.rename(folder / files.name)
        path.rename(folder / path.name)
    waiting = {path: _address(path) for path in sorted(folder.glob("*.jsonl"))}
    for address in dict.fromkeys(waiting.values()):
        if address is not None:
            start_sender(folder, address)
    for path, address in waiting.items():
        if address is not None:
            wait_delivered(path, address, seconds)


def discard_records(root: Path) -> int:
    """Delete the records that were set aside, and return the number of runs."""
    folder = root / FOLDER
    count = len(_refused(folder))
    shutil.rmtree(folder / REFUSED, ignore_errors=True)
    return count


def _address(path: Path) -> str | None:
    """Return the address of a file's store; None if a sender has taken the file since, or sets it aside as damaged."""
    try:
        return read_address(path)
    except (FileNotFoundError, RefusedError):
        return None


def _refused(folder: Path) -> list[Path]:
    return sorted((folder / REFUSED).glob("*.jsonl"))


def _name(path: Path) -> str:
    """Return the run's stage and row, or the name of its file if the file is damaged."""
    try:
        start = json.loads(path.read_text(encoding="utf-8").partition("\n")[0])
        return f"{start['tags']['stage']} of {start['name']}"
    except (ValueError, KeyError, TypeError):
        return path.name
