"""The processes of a data-parallel training: started, brought together, and missed when they are gone."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlparse

import torch
import torch.distributed as dist

from galaxy.errors import InputError
from galaxy.training.distributed import World

_START = timedelta(minutes=10)
"""Until all processes of a machine have started."""

_PATIENCE = timedelta(days=1)
"""For slow company, like one process that computes what the others wait for; dead company is noticed at once."""


class LostError(InputError):
    """Another process of the training cannot be reached any more."""


class Process(Protocol):
    """A started process."""

    def poll(self) -> int | None:
        """Its status, once it has ended."""

    def kill(self) -> None:
        """End it at once."""

    def wait(self) -> int:
        """Until it has ended; its status."""


@contextmanager
def team(count: int, start: Callable[[Mapping[str, str]], Process], *, device: torch.device) -> Iterator[World]:
    """The processes that train together inside the block.

    Under torchrun, or as one of the processes started here, this process joins the others. Otherwise it starts
    `count - 1` more on this machine, leads them, and ends those that outlive it.

    Args:
        count: Processes on this machine; without effect under torchrun.
        start: Starts this program again with these additional environment variables.
        device: Where this process computes; GPUs talk by NCCL, CPUs by gloo.

    Raises:
        LostError: If another process has ended before its time.
        InputError: If the environment names an impossible place among the processes, or one GPU for all of them.
    """
    starts = "RANK" not in os.environ
    rank, size = (0, count) if starts else _place()
    if starts and size == 1:
        yield World()
        return
    if device.type == "cuda" and device.index is not None and size > 1:
        raise InputError(
            f"GALAXY_DEVICE is {device}, and each of several processes needs a GPU of its own; give cuda or one process"
        )
    started: list[Process] = []
    with tempfile.TemporaryDirectory() as folder:
        meeting = os.environ.get("GALAXY_MEETING", "env://")
        if starts:
            meeting = (Path(folder) / "meeting").as_uri()
            started = [
                start({"RANK": str(r), "WORLD_SIZE": str(count), "GALAXY_MEETING": meeting}) for r in range(1, count)
            ]
        try:
            if meeting.startswith("file:"):
                os.environ["GLOO_SOCKET_IFNAME"] = "lo"  # nothing outside this machine needs to reach us
                _assemble(Path(unquote(urlparse(meeting).path)), rank, size, started)
            dist.init_process_group(
                "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo",
                init_method=meeting,
                rank=rank,
                world_size=size,
                timeout=_PATIENCE,
            )
            yield World(rank, size)
            dist.barrier()
        except RuntimeError as error:
            if not _is_broken_connection(error):
                raise
            time.sleep(1.0)  # a process that has closed its connections needs a moment to end
            raise LostError(_obituary(started, str(error))) from None
        finally:
            if dist.is_initialized():
                dist.destroy_process_group()
            for process in started:
                process.kill()
                process.wait()


def _place() -> tuple[int, int]:
    """Number of this process and of all, as torchrun or the leading process says."""
    rank, size = os.environ["RANK"], os.environ.get("WORLD_SIZE", "")
    if not rank.isdecimal() or not size.isdecimal() or int(rank) >= int(size):
        raise InputError(
            f"RANK is {rank!r} and WORLD_SIZE {size!r}; torchrun sets both: start by it, or unset RANK for one machine"
        )
    return int(rank), int(size)


def _assemble(meeting: Path, rank: int, size: int, started: Sequence[Process]) -> None:
    """Wait for all processes of this machine, and give up when one ends meanwhile.

    torch's own meeting neither notices a dead process nor lets a signal through.
    """
    parent, deadline = os.getppid(), time.monotonic() + _START.total_seconds()
    with suppress(FileNotFoundError):  # the leading process has cleared the folder: it is gone
        meeting.with_name(f"{meeting.name}.{rank}").touch()
    while len(list(meeting.parent.glob(f"{meeting.name}.*"))) < size:
        if any(process.poll() is not None for process in started):
            raise LostError(_obituary(started, "it never came"))
        if os.getppid() != parent or not meeting.parent.exists() or time.monotonic() > deadline:
            raise LostError(_obituary([], "not all have come"))
        time.sleep(0.02)


def _is_broken_connection(error: RuntimeError) -> bool:
    return isinstance(error, dist.DistError) or "onnection" in str(error)


def _obituary(started: Sequence[Process], reason: str) -> str:
    """What to say when the others cannot be reached any more."""
    for rank, process in enumerate(started, 1):
        if (status := process.poll()) is not None:
            return (
                f"process {rank + 1} of {len(started) + 1} has ended with status {status} before the training was "
                "over; what it said stands above. Start again: the training goes on from the last save"
            )
    return (
        f"another process of this training cannot be reached any more ({' '.join(reason.split())[:80]}); "
        "start again: the training goes on from the last save"
    )
