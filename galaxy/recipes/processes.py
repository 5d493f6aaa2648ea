"""Starts the processes of a stage, and sets the environment variables that torch reads when it starts."""

import os
import sys

from galaxy.cores import usable_cores
from galaxy.errors import InputError

VARIABLE = "GALAXY_PROCESSES"
"""Number of processes. It is not in params.yaml because the result does not depend on it."""

ENVIRONMENT = {
    "THP_MEM_ALLOC_ENABLE": "1",  # huge pages for large activations, with which CPUs are up to 1.6 times as fast
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # without it CUDA's matrix products are not deterministic
    "OMP_WAIT_POLICY": "passive",  # threads sleep while they wait, instead of keeping the cores from other processes
}
"""Variables that torch reads when its process starts."""


def process_count(limit: int = 1024, *, reason: str = "") -> int:
    """Return the number of processes that the environment asks for; 1 by default.

    Args:
        limit: The largest number of processes that makes sense.
        reason: Name of the setting that sets the limit, for the message.

    Raises:
        InputError: If it is not a whole number from 1 to `limit`.
    """
    text = os.environ.get(VARIABLE) or "1"
    if not text.isdecimal() or not 1 <= int(text) <= limit:
        raise InputError(f"{VARIABLE} is {text!r}; allowed are 1 to {limit}{f' ({reason})' if reason else ''}")
    return int(text)


def start_processes(limit: int, *, reason: str) -> None:
    """Run this program in as many connected processes as GALAXY_PROCESSES asks for, and exit with their status.

    The function returns at once if one process is asked for, or if this function or torchrun started this process.

    Args:
        limit: The largest number of processes that makes sense.
        reason: Name of the setting that sets the limit, for the message.

    Raises:
        InputError: If GALAXY_PROCESSES is not a whole number from 1 to `limit`, or a process has failed; the message
            is then that of this process.
        SystemExit: If all processes have ended.
    """
    count = process_count(limit, reason=reason)
    if count > 1 and "RANK" not in os.environ:
        from galaxy.training.process_group import launch

        raise SystemExit(launch(count, sys.executable, sys.orig_argv[1:]))


def ensure_environment() -> None:
    """Set the variables of `ENVIRONMENT` that are not set yet; call it before torch is imported, which reads them.

    With several processes each gets its share of the cores, at least one.

    Raises:
        RuntimeError: If torch has been imported already.
    """
    if "torch" in sys.modules:
        raise RuntimeError("torch has been imported before its environment was set")
    wanted = dict(ENVIRONMENT)
    count = os.environ.get(VARIABLE) or "1"
    if count.isdecimal() and int(count) > 1:
        wanted["OMP_NUM_THREADS"] = str(max(1, usable_cores() // int(count)))
    for name, value in wanted.items():
        os.environ.setdefault(name, value)
