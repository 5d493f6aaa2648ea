"""Processes that draw galaxies, connected by pipes.

The process pools of the standard library need semaphores in /dev/shm, and cannot start where it is full, too small or
read-only, as in some containers.
"""

import contextlib
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any

import numpy as np

from galaxy.errors import InputError
from galaxy.rendered.draw import Drawn, draw_block

_AHEAD = 2
"""Number of blocks that each worker may have received and not yet sent back."""

_ENDS_IN = 2.0
"""Seconds within which a process must end after its pipe has been closed."""


def draw_in_order(
    labels: np.ndarray, *, block: int, size: int, seed: int, workers: int
) -> Iterator[tuple[int, list[Drawn]]]:
    """Draw galaxies in blocks of consecutive rows, in one or several processes.

    Args:
        labels: (N,) class of each galaxy, 0 to 9.
        block: Number of galaxies per block.
        size: Width and height in pixels.
        seed: Seed of the set.
        workers: Number of processes; 1 draws in this process.

    Yields:
        The first row of each block and its galaxies, in order.

    Raises:
        InputError: If a process was killed, or could not start.
    """
    starts = range(0, len(labels), block)
    if workers == 1:
        for start in starts:
            yield start, draw_block(start, labels[start : start + block], size, seed)
        return
    # A fork of a process with threads (torch, HDF5) can deadlock; a spawned process cannot.
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection[Any, Any]] = []
    processes = []
    try:
        for _ in range(min(workers, len(starts))):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there,), daemon=True)
            process.start()
            there.close()
            pipes.append(here)
            processes.append(process)
        sent = 0
        for turn, start in enumerate(starts):
            while sent < len(starts) and sent <= turn + _AHEAD * len(pipes):
                first = starts[sent]
                pipes[sent % len(pipes)].send((first, labels[first : first + block], size, seed))
                sent += 1
            found = pipes[turn % len(pipes)].recv()
            if isinstance(found, Exception):
                raise found
            yield start, found
    except (EOFError, ConnectionError):
        raise InputError(_ended(processes)) from None
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.terminate()
            process.join()


def _ended(processes: Sequence[SpawnProcess]) -> str:
    """Return a text on why a rendering process has ended too early."""
    ended = wait([process.sentinel for process in processes], _ENDS_IN)
    for process in processes:
        if process.sentinel in ended:
            process.join(_ENDS_IN)  # the sentinel comes a moment before the exit code
    if any((process.exitcode or 0) > 0 for process in processes):
        return (
            "a process that renders could not start; a script of your own has to call this below "
            "`if __name__ == '__main__':`, because the processes import the script"
        )
    return "a process that renders was killed, as systems do when memory runs out; free memory and run again"


def _serve(pipe: "Connection[Any, Any]") -> None:
    """Draw the blocks that are requested through `pipe` until its other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the main process ends the others
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            arguments = pipe.recv()
            try:
                found: list[Drawn] | Exception = draw_block(*arguments)
            except Exception as error:  # noqa: BLE001 -- raised again by the process that asked
                found = error
            pipe.send(found)
