"""Measures time, memory and disk of each stage while DVC runs it, and ends the run when memory or disk is short."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

INTERVAL = 0.2  # seconds between two looks at memory
DISK_INTERVAL = 3.0  # seconds between two looks at the disk


@dataclass
class Cost:
    """The cost of one stage.

    Attributes:
        seconds: From the first look at its process to the last.
        memory: Most bytes of all its processes together, without pages of files, which the system takes back at will.
        disk: Most bytes of the repository while it ran, the cache included, a file with several links once.
    """

    seconds: float = 0.0
    memory: int = 0
    disk: int = 0


class LimitError(Exception):
    """Raised when a stage needs more memory or disk than it may take."""


def watch(
    command: Sequence[str],
    costs: dict[str, Cost],
    *,
    folder: Path,
    environment: Mapping[str, str],
    memory: float,
    disk: float,
) -> None:
    """Run a command that runs stages of DVC, and note what each stage costs.

    Args:
        command: Such as `dvc repro`.
        costs: Receives the costs by name of the stage, also of those before one that fails.
        folder: The repository.
        environment: Variables of the command.
        memory: Most bytes that the processes of one stage may take.
        disk: Most bytes that the repository may take.

    Raises:
        LimitError: A stage took more than that; it has been stopped.
        subprocess.CalledProcessError: The command failed.
    """
    reasons: list[str] = []
    process = subprocess.Popen(command, cwd=folder, env=dict(environment), start_new_session=True)
    ended = threading.Event()

    def look() -> None:
        started: dict[str, float] = {}
        used, measured = 0, 0.0
        while not ended.wait(INTERVAL):
            now = time.monotonic()
            found = _stage_memory(process.pid)
            if now - measured > DISK_INTERVAL:
                used, measured = bytes_on_disk(folder), now
            for stage, taken in found.items():
                cost = costs.setdefault(stage, Cost())
                cost.seconds = now - started.setdefault(stage, now)
                cost.memory, cost.disk = max(cost.memory, taken), max(cost.disk, used)
                if taken > memory:
                    reasons.append(f"{stage} took {taken / 1e9:.1f} GB of memory, {memory / 1e9:.1f} are allowed")
            if used > disk:
                reasons.append(f"{folder} has {used / 1e9:.1f} GB, {disk / 1e9:.1f} are allowed")
            if reasons:
                os.killpg(process.pid, signal.SIGTERM)
                return

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        status = process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        raise
    finally:
        ended.set()
        watcher.join()
    if reasons:
        raise LimitError(reasons[0])
    if status:
        raise subprocess.CalledProcessError(status, command)


def _stage_memory(root: int) -> dict[str, int]:
    """Bytes by stage; the processes of a stage are those below DVC whose command line names a module of stages/."""
    found: dict[str, int] = {}
    try:
        below = psutil.Process(root).children(recursive=True)
    except psutil.Error:
        return found
    for process in below:
        try:
            stage = process.environ().get("DVC_STAGE")
            if stage and any(word.startswith("stages.") for word in process.cmdline()):
                found[stage] = found.get(stage, 0) + _own_bytes(process.pid)
        except (psutil.Error, OSError):  # it has ended meanwhile
            continue
    return found


def _own_bytes(pid: int) -> int:
    """Return the bytes of memory that are not backed by a file; memory that processes share counts once."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:")))


def bytes_on_disk(folder: Path) -> int:
    """Return the bytes that the files below a folder take; a file with several links counts once."""
    seen: dict[tuple[int, int], int] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                status = os.lstat(os.path.join(place, name))  # noqa: PTH118 - many files
            except OSError:
                continue
            seen[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(seen.values())
