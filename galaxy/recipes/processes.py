"""How many processes a stage starts, and with which environment."""

import os
import subprocess
import sys
from collections.abc import Mapping

from galaxy.errors import InputError

VARIABLE = "GALAXY_PROCESSES"
"""How many processes; the environment and not params.yaml decides, because the result does not depend on it."""

ENVIRONMENT = {
    "THP_MEM_ALLOC_ENABLE": "1",  # huge pages for large activations: up to 1.6 times as fast on CPUs
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",  # without it CUDA's matrix products are not deterministic
}
"""Variables that torch reads when its process starts."""


def process_count(limit: int = 1024, *, reason: str = "") -> int:
    """What the environment asks for; 1 where it says nothing.

    Args:
        limit: The largest number that makes sense.
        reason: What sets the limit, for the message.

    Raises:
        InputError: when it is no number from 1 to `limit`.
    """
    text = os.environ.get(VARIABLE) or "1"
    if not text.isdecimal() or not 1 <= int(text) <= limit:
        raise InputError(f"{VARIABLE} is {text!r}; allowed are 1 to {limit}{f' ({reason})' if reason else ''}")
    return int(text)


def start_again(variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start this program once more with further environment variables."""
    return subprocess.Popen(sys.orig_argv, env={**os.environ, **variables})


def ensure_environment() -> None:
    """Replace this process by itself with `ENVIRONMENT` set, unless it is or only help is wanted.

    Several processes share the cores, one thread each at least.
    """
    wanted = dict(ENVIRONMENT)
    count = os.environ.get(VARIABLE) or "1"
    if count.isdecimal() and int(count) > 1:
        wanted["OMP_NUM_THREADS"] = str(max(1, len(os.sched_getaffinity(0)) // int(count)))
    if "--help" not in sys.argv and any(name not in os.environ for name in wanted):
        os.execve(sys.executable, sys.orig_argv, {**wanted, **os.environ})  # noqa: S606 - this program again
