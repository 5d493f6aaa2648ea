"""Starts the processes of a data-parallel training with torchrun's launcher, and connects them."""

import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import torch
import torch.distributed as dist

from galaxy.errors import InputError
from galaxy.training.distributed import World

_TIMEOUT = timedelta(days=1)
"""Longest wait for another process, which may compute alone for hours. A process that dies is noticed at once."""

_RUN_ID = "galaxy"
_SHUTDOWN_SECONDS = 120
"""Time that processes have to save their state after a signal, before they are killed."""

_GRACE_SECONDS = 10
"""Time for a process that has failed to end before those that have lost it, so that the launcher reports its reason.

The launcher then ends the others at once."""


class LostError(InputError):
    """Raised when another process of the training cannot be reached any more."""


def launch(count: int, executable: str, arguments: Sequence[str]) -> int:
    """Run a command in several connected processes on this machine, like `torchrun --standalone`.

    Each process gets torchrun's environment variables, which `process_group` reads. SIGTERM and Ctrl-C are passed on,
    and when one process fails the others are stopped.

    Args:
        count: Number of processes.
        executable: Path of the program, usually `sys.executable`.
        arguments: Arguments of the program.

    Returns:
        The exit status: 0, 128 plus the number of the signal that stopped all processes, or that of the first process
        that failed, if this process has printed the reason itself.

    Raises:
        InputError: If a process has failed; the message is that of the first process that failed.
        LostError: If a process was killed by a signal.
    """
    # Imported here, because it takes a second that a single process does not need to spend.
    from torch.distributed.elastic.multiprocessing import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    logging.disable(logging.CRITICAL)  # the launcher reports each failure in thirty lines
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"  # no other machine needs to reach the processes
    config = LaunchConfig(
        min_nodes=1,
        max_nodes=1,
        nproc_per_node=count,
        run_id=_RUN_ID,
        rdzv_backend="c10d",
        rdzv_endpoint="localhost:0",
        local_addr="localhost",
        max_restarts=0,
        shutdown_timeout=_SHUTDOWN_SECONDS,
    )
    try:
        elastic_launch(config, executable)(*arguments)
    except SignalException as stopped:
        return 128 + int(stopped.sigval)
    except ChildFailedError as error:
        # If one process was killed, the others fail because they lost it, sometimes earlier; so the kill is reported.
        failures = sorted(error.failures.values(), key=lambda failure: (failure.exitcode >= 0, failure.timestamp))
        first = failures[0]
        if first.exitcode < 0:
            name = signal.Signals(-first.exitcode).name
            raise LostError(
                f"process {first.local_rank + 1} of {count} was ended by {name} before the training was over; start "
                "again: the training resumes from the last save"
            ) from None
        if Path(first.error_file).is_file():
            raise InputError(str(first.message)) from None
        return int(first.exitcode)  # the process has printed the reason
    finally:
        logging.disable(logging.NOTSET)
    return 0


@contextmanager
def process_group(device: torch.device) -> Iterator[World]:
    """Connect this process to the others that torchrun or `launch` has started with it.

    Args:
        device: Device of this process; GPUs communicate with NCCL, CPUs with gloo.

    Yields:
        The rank of this process and the number of processes; a world of one process when it was started alone.

    Raises:
        LostError: If another process has ended before the end of the training.
        InputError: If the environment variables are wrong, or several processes would share one GPU.
    """
    if "RANK" not in os.environ:
        yield World()
        return
    rank, size = _place()
    if device.type == "cuda" and device.index is not None and size > 1:
        raise InputError(
            f"GALAXY_DEVICE is {device}, but each of several processes needs its own GPU; give cuda or one process"
        )
    if os.environ.get("TORCHELASTIC_RUN_ID") == _RUN_ID:
        _end_with_parent()
    try:
        dist.init_process_group(
            "cpu:gloo,cuda:nccl" if device.type == "cuda" else "gloo", rank=rank, world_size=size, timeout=_TIMEOUT
        )
        yield World(rank, size)
        dist.barrier()
    except RuntimeError as error:
        if not isinstance(error, dist.DistError) and "onnection" not in str(error):
            raise
        if "TORCHELASTIC_RUN_ID" in os.environ:
            time.sleep(_GRACE_SECONDS)
        raise LostError(
            f"another process of this training cannot be reached any more ({' '.join(str(error).split())[:80]}); "
            "start again: the training resumes from the last save"
        ) from None
    finally:
        if dist.is_initialized():
            dist.destroy_process_group()


def _place() -> tuple[int, int]:
    """Read the rank of this process and the number of processes from the environment variables of torchrun."""
    rank, size = os.environ["RANK"], os.environ.get("WORLD_SIZE", "")
    if not rank.isdecimal() or not size.isdecimal() or int(rank) >= int(size):
        raise InputError(
            f"RANK is {rank!r} and WORLD_SIZE {size!r}; torchrun sets both: start with torchrun, or unset RANK"
        )
    return int(rank), int(size)


def _end_with_parent() -> None:
    """Make Linux send SIGTERM to this process when the launcher dies without having stopped it."""
    if sys.platform == "linux":
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG in <sys/prctl.h>
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
